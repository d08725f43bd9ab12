# SPDX-License-Identifier: MIT
medal-simulate music --rows 1 >/dev/full
