# SPDX-License-Identifier: MIT
medal-validate -v -e 'x EXPECT (a > 1) ON VIOLATION DROP ROW'
