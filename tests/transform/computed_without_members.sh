# SPDX-License-Identifier: MIT
printf '{}\n' | medal-transform "SELECT upper('a') AS x"
