# As in Java a search ends when it is decided: each of 24 times 'a?' must in the end match nothing, which is found after
# 16 million others were tried
echo '{}' | medal-transform "SELECT regexp_like(repeat('a', 24), '^(a?){24}a{24}\$') AS found"
