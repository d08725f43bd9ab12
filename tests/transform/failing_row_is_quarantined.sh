# SPDX-License-Identifier: MIT
medal-transform 'SELECT 10 div a AS q' --quarantine bad
sed 's/"message":"Division by zero[^"]*",//' bad/*.ndjson
