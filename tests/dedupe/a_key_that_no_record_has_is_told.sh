# Once, when rows are dropped; not where some record has the member, or all rows pass.
printf '{"userId":1}\n{"userId":2}\n{"userId":3}\n' >in
medal-dedupe -k userID --forever <in
medal-dedupe -k userId,n --forever <in
printf '{"userId":1,"n":null}\n{"userId":1}\n' | medal-dedupe -k userId,n --forever
