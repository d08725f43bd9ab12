# SPDX-License-Identifier: MIT
medal-simulate music --events all --rows 5000 --truth truth.json >all
for t in listen_events page_view_events auth_events status_change_events; do
	[ $(jq -r .event all | grep -cx $t) = $(jq .types.$t.rows truth.json) ] && echo "$t as counted"
done
medal-simulate music --events all --type-member type --rows 1 | jq -c keys_unsorted[0:2]
medal-simulate music --events all --type-member '' --rows 1 | jq -c keys_unsorted[0:2]
medal-simulate sensors --type-member '"q"' --rows 1 | jq -c keys_unsorted[0:2]
