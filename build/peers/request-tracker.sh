# Request Tracker 5 with SQLite: accounts in every state, tickets in every state of its
# default lifecycle, and tokens of accounts with too few rights.
packages() { echo request-tracker5 rt5-db-sqlite; }

start() {
  mkdir -p "$dir"/{data,cfg.d,mason,sessions}
  cat >"$dir/RT_SiteConfig.pm" <<E
Set(\$rtname, 'example.test'); Set(\$Organization, 'example.test');
Set(\$WebDomain, '127.0.0.1'); Set(\$WebPort, $port); Set(\$WebPath, '');
Set(\$DatabaseType, 'SQLite'); Set(\$DatabaseName, '$dir/data/rt.sqlite');
Set(\$MailCommand, 'testfile'); Set(\$LogToSyslog, undef); Set(\$LogToSTDERR, 'warning');
Set(\$WebSessionClass, 'Apache::Session::File'); Set(\$Timezone, 'UTC');
\$RT::MasonDataDir = '$dir/mason'; \$RT::MasonSessionDir = '$dir/sessions';
1;
E
  cat >"$dir/seed.pl" <<'E'
use strict; use warnings; use lib '/usr/share/request-tracker5/lib';
use RT; RT::LoadConfig(); RT::Init();
sub good { my ($ok, $said) = @_; die $said unless $ok; $ok }
sub user {
  my ($name, $privileged, %more) = @_;
  my $user = RT::User->new(RT->SystemUser);
  good($user->Create(Name => $name, EmailAddress => "$name\@example.test", RealName => ucfirst($name) . ' Example',
    Password => 'Peers-Canary-81', Privileged => $privileged, %more));
  $user;
}
sub may { my ($user, $right) = @_; good($user->PrincipalObj->GrantRight(Right => $right, Object => RT->System)) }
my $alice = user('alice', 1);
user('bob', 1, Disabled => 1);
my $carol = user('carol', 1); may($carol, 'SuperUser');
user('plain', 1, RealName => '', EmailAddress => '');
user('guest', 0);
my $reader = user('reader', 1); may($reader, $_) for qw(AdminUsers SeeQueue ShowTicket);
my $short = user('short', 1); may($short, $_) for qw(SeeQueue ShowTicket);
my $weak = user('weak', 0);
user("more$_", 0) for 1 .. 100;
for my $user ($reader, $short, $weak) {
  my $token = RT::AuthToken->new(RT->SystemUser);
  my ($id, $said, $secret) = $token->Create(Owner => $user->Id, Description => 'peers');
  die $said unless $id;
  print uc($user->Name), "_TOKEN=$secret\n";
}
good($alice->PrincipalObj->GrantRight(Right => 'OwnTicket', Object => RT->System));
my %made = (new => {Requestor => 'guest@example.test'}, open => {Owner => $alice->Id}, stalled => {Priority => 50},
  resolved => {Requestor => 'plain'}, rejected => {}, deleted => {});
for my $status (qw(new open stalled resolved rejected deleted)) {
  my $ticket = RT::Ticket->new(RT->SystemUser);
  my ($id, undef, $said) = $ticket->Create(Queue => 'General', Subject => "A $status ticket",
    Due => $status eq 'new' ? '2030-01-02 03:04:05' : undef, %{$made{$status}});
  die $said unless $id;
  good($ticket->SetStatus($status)) unless $status eq 'new';
  print uc($status), "_TICKET=$id\n";
}
E
  give www-data
  export RT_SITE_CONFIG=$dir/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=$dir/cfg.d HOME=$dir
  quiet www-data rt-setup-database-5 --action init --skip-create --dba-password ''
  quiet www-data perl "$dir/seed.pl"
  grep -E '^[A-Z]+_(TOKEN|TICKET)=' "$dir/out"
  background as www-data plackup -E deployment -s HTTP::Server::PSGI --host 127.0.0.1 --port "$port" \
    /usr/share/request-tracker5/libexec/rt-server
  await listens "$port"
}
