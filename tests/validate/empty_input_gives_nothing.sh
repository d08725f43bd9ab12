# SPDX-License-Identifier: MIT
medal-validate --schema 'a INT NOT NULL'
