# What was read of the options before the mistake holds for the words on it, in every program that has the option.
for p in ingest transform validate dedupe aggregate exec write checkpoint; do
	"medal-$p" --log-format json --bogus 2>err
	echo "$p $? $(jq -r '.program + " " + .level + " " + .message' err)"
done
