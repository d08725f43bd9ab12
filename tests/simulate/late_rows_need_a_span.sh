# SPDX-License-Identifier: MIT
medal-simulate music --rows 2000 --late 10% | wc -l
