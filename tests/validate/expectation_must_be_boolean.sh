# SPDX-License-Identifier: MIT
medal-validate --schema 'a INT' -e 'x EXPECT (a + 1)'
