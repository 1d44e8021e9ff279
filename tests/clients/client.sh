#!/bin/sh
# A script as users of curl write it: client.sh BASE USER PASSWORD CA. The last line of its output is JSON.
set -eu
api=$1/api/v1 user=$2 password=$3 ca=$4
ask() { curl -sS --fail --cacert "$ca" -H "Authorization: Bearer $token" "$@"; }
digits() { sed -n "s/.*\"$1\":\"\{0,1\}\([0-9]*\).*/\1/p"; }

token=$(curl -sS --fail --cacert "$ca" -d grant_type=password -d "username=$user" --data-urlencode "password=$password" "$api/token" |
        sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
home=$(ask "$api/users/self" | digits homeFolderID)
digest=$(sha1sum <"up load.bin" | cut -d' ' -f1)
id=$(ask -F "file=@up load.bin" -F hashtype=SHA-1 -F "hash=$digest" "$api/folders/$home/files" | sed 's/,.*//' | digits id)
for number in 0 1 2; do
  echo small | ask -H 'Transfer-Encoding: chunked' -F "file1=@-;filename=small-$number.txt" "$api/folders/$home/files" >/dev/null
done
ask -L -o down.bin "$api/folders/$home/files/$id/download"
ask -X PATCH -d '{"name":"renamed.bin"}' "$api/files/$id" >/dev/null
names= page=0 total=1
while [ "$page" != "$total" ]; do
  page=$((page + 1))
  list=$(ask -G -d "page=$page" -d perPage=3 -d newOnly=False "$api/folders/$home/files/")
  total=$(printf %s "$list" | digits totalPages)
  names="$names $(printf %s "$list" | grep -o '"name":"[^"]*"' | cut -d: -f2 | tr '\n' ' ')"
done
ask -X DELETE "$api/files/$id"
echo "{\"home\": $home, \"pages\": [$(echo $names | sed 's/ /, /g')]}"
