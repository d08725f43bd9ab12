# SPDX-License-Identifier: MIT
medal-validate --schema 'a INT, b STRING' --schema-evolution rescue
