# MediaWiki with SQLite, which only accounts may read: a blocked account,
# an administrator, pages, and bot passwords of accounts with and without the right to read.
packages() { echo mediawiki php-cli php-sqlite3 php-mbstring php-xml php-intl; }

start() {
  local m=/usr/share/mediawiki/maintenance
  mkdir -p "$dir"/{data,images,cache}
  give www-data
  quiet www-data php "$m/install.php" --dbtype sqlite --dbpath "$dir/data" --dbname wiki --confpath "$dir" \
    --server "http://127.0.0.1:$port" --scriptpath "" --lang en --pass 'Peers-Canary-81' "Peers" Boss
  cat >>"$dir/LocalSettings.php" <<E
\$wgCacheDirectory = "$dir/cache"; \$wgUploadDirectory = "$dir/images";
\$wgGroupPermissions['*']['read'] = false; \$wgGroupPermissions['*']['createaccount'] = false;
\$wgGroupPermissions['user']['read'] = false; \$wgGroupPermissions['readers']['read'] = true;
\$wgGroupPermissions['sysop']['read'] = true;
E
  local conf=(--conf "$dir/LocalSettings.php") name
  for name in Alice Bob Weak; do quiet www-data php "$m/createAndPromote.php" "${conf[@]}" "$name" Peers-Canary-81; done
  quiet www-data php "$m/createAndPromote.php" "${conf[@]}" --sysop --bureaucrat Carol Peers-Canary-81
  quiet www-data php "$m/createAndPromote.php" "${conf[@]}" --custom-groups readers Auditor Peers-Canary-81
  echo Bob >"$dir/block.txt"
  quiet www-data php "$m/blockUsers.php" "${conf[@]}" --performer Boss --reason left "$dir/block.txt"
  echo first >"$dir/text"
  (as www-data php "$m/edit.php" "${conf[@]}" -u Boss -s first "First page" <"$dir/text") >"$dir/out" 2>&1
  for name in Auditor Weak; do
    quiet www-data php "$m/createBotPassword.php" "${conf[@]}" --appid peers --grants basic "$name" 0123456789abcdef0123456789abcdef
  done
  export MW_CONFIG_FILE=$dir/LocalSettings.php
  background as www-data php -S "127.0.0.1:$port" -t /usr/share/mediawiki
  await listens "$port"
}
