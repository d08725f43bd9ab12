# SPDX-License-Identifier: MIT
medal-validate
