# Redmine with SQLite: accounts in every state, more than a page of them, issues in
# every state, and the keys of an administrator and of an account without rights.
packages() { echo redmine redmine-sqlite ruby-sqlite3 puma; }

start() {
  # Redmine looks for its instances below its own folder.
  cp -r --no-dereference /usr/share/redmine "$dir/redmine"
  rm "$dir/redmine/instances"
  local place=$dir/redmine/instances/peers
  mkdir -p "$place"/{config,log,tmp,files,public}
  printf 'production:\n  adapter: sqlite3\n  database: %s/redmine.db\n  timeout: 60000\n' "$place" >"$place/config/database.yml"
  printf '%064d\n' 81 >"$place/config/secret_key.txt"
  cat >"$dir/seed.rb" <<'E'
Redmine::DefaultData::Loader.load('en')
Setting.rest_api_enabled = '1'
def made(login, extra = {})
  user = User.new(firstname: login.capitalize, lastname: 'Example', mail: "#{login}@example.test", language: 'en')
  user.login = login
  user.password = user.password_confirmation = 'Peers-Canary-81'
  extra.each { |name, value| user.send("#{name}=", value) }
  user.save!
  user
end
ActiveRecord::Base.transaction do
  admin = User.find_by_login('admin')
  admin.must_change_passwd = false
  admin.save!(validate: false)
  alice = made('alice')
  made('bob', status: User::STATUS_LOCKED)
  carol = made('carol', admin: true, twofa_scheme: 'totp')
  made('dave', status: User::STATUS_REGISTERED)
  100.times { |n| made("more#{n}") }
  developers = Group.create!(lastname: 'Developers')
  developers.users << alice
  shop = Project.create!(name: 'Shop', identifier: 'shop', is_public: false)
  Member.create!(project: shop, principal: alice, roles: Role.where(name: %w[Manager Developer]))
  Member.create!(project: shop, principal: developers, roles: Role.where(name: 'Reporter'))
  IssueStatus.order(:position).each do |status|
    issue = Issue.new(project: shop, tracker: Tracker.find_by(name: 'Bug'), author: alice, subject: "A #{status.name} issue",
      status: status, priority: IssuePriority.find_by(name: 'High'), due_date: status.name == 'New' ? Date.new(2099, 1, 2) : nil)
    issue.save!(validate: false)
    puts "#{status.name.upcase.tr(' ', '_')}_ISSUE=#{issue.id}"
  end
  puts "ADMIN_KEY=#{carol.api_key}", "WEAK_KEY=#{alice.api_key}"
  (User.where(login: %w[admin alice bob carol dave more0])).each { |user| puts "#{user.login.upcase}_ID=#{user.id}" }
end
E
  give www-data
  export REDMINE_INSTANCE=peers RAILS_ENV=production REDMINE_LANG=en LANG=C.UTF-8 HOME=$dir SCHEMA=/dev/null
  cd "$dir/redmine"
  quiet www-data bundle exec rake db:migrate
  quiet www-data bundle exec rails runner "$dir/seed.rb"
  grep -E '^[A-Z0-9_]+_(KEY|ID|ISSUE)=' "$dir/out"
  background as www-data puma -e production -b "tcp://127.0.0.1:$port" -t 1:4 -w 0
  await listens "$port"
}
