# SPDX-License-Identifier: MIT
medal-validate --schema 'a INT' --schema-evolution failOnNewColumns
