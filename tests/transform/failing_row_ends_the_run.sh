# SPDX-License-Identifier: MIT
medal-transform 'SELECT a, 10 div a AS q'
