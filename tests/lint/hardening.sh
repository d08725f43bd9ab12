# SPDX-License-Identifier: MIT
#
# What the linker was asked for is in the programs: position independent, no lazy binding, no executable stack,
# fortified calls.
case $MEDAL_BUILD in
*/release*) ;;
*)
	echo "built with other flags: ${MEDAL_BUILD##*/}" >&2
	exit 77
	;;
esac
failed=0
for p in "$MEDAL_BUILD"/bin/medal-*; do
	[ -x "$p" ] || continue
	h=$(readelf -hldW "$p")
	echo "$h" | grep -q 'Type: *DYN' || { echo "$p: not position independent"; failed=1; }
	echo "$h" | grep -q 'BIND_NOW\|FLAGS.*NOW' || { echo "$p: binds lazily"; failed=1; }
	echo "$h" | grep -q 'GNU_RELRO' || { echo "$p: no RELRO"; failed=1; }
	echo "$h" | grep 'GNU_STACK' | grep -q 'RWE' && { echo "$p: executable stack"; failed=1; }
	nm -D "$p" | grep -q '__.*_chk' || { echo "$p: no fortified call"; failed=1; }
done
exit $failed
