# head leaves while the filter waits for more: it dies of SIGPIPE, as of a write, and says nothing
mkfifo in
exec 3<>in # stays open for ever
for filter in "medal-validate -e 'x EXPECT (a > 0)'" "medal-transform 'SELECT a'" 'medal-exec cat'; do
	echo '{"a":1}' >&3
	eval "$filter" <in | head -n 1
	echo "${PIPESTATUS[0]}"
done
