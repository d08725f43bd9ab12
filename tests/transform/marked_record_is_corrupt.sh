# SPDX-License-Identifier: MIT
medal-transform 'SELECT *'
