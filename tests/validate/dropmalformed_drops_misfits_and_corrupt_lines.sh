# SPDX-License-Identifier: MIT
medal-validate --mode dropmalformed --schema 'a INT, b STRING'
