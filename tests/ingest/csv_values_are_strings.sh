# SPDX-License-Identifier: MIT
medal-ingest --format csv -
