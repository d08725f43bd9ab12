# SPDX-License-Identifier: MIT
#
# make install puts everything below DESTDIR, make uninstall leaves nothing there.
d=$TMPDIR/root
make -s -o all install DESTDIR="$d" PREFIX=/usr CONFIG="${MEDAL_BUILD##*/}" >/dev/null || exit 1
failed=0
for p in "$MEDAL_BUILD"/bin/medal-*; do
	[ -e "$p" ] || continue
	n=${p##*/}
	[ -x "$d/usr/bin/$n" ] || { echo "$n is not installed"; failed=1; }
	[ -e "$d/usr/share/bash-completion/completions/$n" ] || { echo "$n has no completion"; failed=1; }
done
for m in man/*.[157]; do
	[ ! -e "$m" ] || [ -e "$d/usr/share/man/man${m##*.}/${m##*/}" ] || { echo "$m is not installed"; failed=1; }
done
[ -e "$d/usr/share/doc/medal/README.md" ] || { echo "README.md is not installed"; failed=1; }
[ "$(ls "$d")" = usr ] || { echo "installed outside PREFIX: $(ls "$d")"; failed=1; }
make -s uninstall DESTDIR="$d" PREFIX=/usr CONFIG="${MEDAL_BUILD##*/}" || exit 1
left=$(find "$d" ! -type d)
[ -z "$left" ] || { echo "left by uninstall: $left"; failed=1; }
exit $failed
