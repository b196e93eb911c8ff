package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	suffix = "dc=example,dc=com"
	reader = "cn=reader," + suffix
	base   = "ou=people," + suffix
	groups = "ou=groups," + suffix
)

// slapd is an OpenLDAP server with a directory of its own.
type slapd struct {
	dir, address string
	authority    *authority
	password     string // of the reader
	hidden       string // base that the reader may not see; empty = none
	running      *process
}

func newSlapd() (*slapd, error) {
	dir, err := os.MkdirTemp("", "corpus-slapd")
	if err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	s := &slapd{dir: dir, password: "reader-canary-81"}
	if err := s.make(); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

func (s *slapd) make() error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s.address = fmt.Sprintf("127.0.0.1:%d", port)
	if s.authority, err = newAuthority("Example Company"); err != nil {
		return err
	}
	if err := s.show(goodPaper(s.authority)); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(s.dir, "db"), 0o700); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if err := s.configure(); err != nil {
		return err
	}
	ldif := filepath.Join(s.dir, "data.ldif")
	if err := os.WriteFile(ldif, []byte(s.data()), 0o600); err != nil {
		return fmt.Errorf("write data: %w", err)
	}
	return output(context.Background(), "/usr/sbin/slapadd", "-q", "-f", s.config(), "-l", ldif)
}

func (s *slapd) config() string { return filepath.Join(s.dir, "slapd.conf") }

// configure writes the configuration, which holds from the next start on.
func (s *slapd) configure() error {
	hidden := ""
	if s.hidden != "" {
		hidden = `access to dn.subtree="` + s.hidden + `" by * none`
	}
	names := strings.NewReplacer("DIR", s.dir, "SUFFIX", suffix, "READER", reader, "HIDDEN", hidden)
	text := names.Replace(`
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile DIR/slapd.pid
TLSCertificateFile DIR/cert.pem
TLSCertificateKeyFile DIR/key.pem
database mdb
suffix "SUFFIX"
rootdn "cn=root,SUFFIX"
rootpw "root-canary-81"
directory DIR/db
maxsize 67108864
access to attrs=userPassword by anonymous auth by * none
HIDDEN
access to * by dn.exact="READER" read by * none
`)
	if err := os.WriteFile(s.config(), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// data returns five people and a group.
func (s *slapd) data() string {
	var b strings.Builder
	entry := func(dn string, lines ...string) { fmt.Fprintf(&b, "dn: %s\n%s\n\n", dn, strings.Join(lines, "\n")) }
	entry(suffix, "objectClass: dcObject", "objectClass: organization", "o: Example", "dc: example")
	for _, ou := range []string{"people", "groups"} {
		entry("ou="+ou+","+suffix, "objectClass: organizationalUnit", "ou: "+ou)
	}
	entry(reader, "objectClass: organizationalRole", "objectClass: simpleSecurityObject", "cn: reader", "userPassword: "+s.password)
	for n := range 5 {
		id := fmt.Sprintf("p%d", n)
		entry("uid="+id+","+base, "objectClass: inetOrgPerson", "uid: "+id, "cn: Person "+id, "sn: Person", "mail: "+id+"@example.com")
	}
	entry("cn=staff,"+groups, "objectClass: groupOfNames", "cn: staff", "member: uid=p0,"+base, "member: uid=p1,"+base)
	return b.String()
}

func (s *slapd) start(ctx context.Context) (err error) {
	if err := s.configure(); err != nil {
		return err
	}
	s.running, err = startProcess(exec.Command("/usr/sbin/slapd", "-f", s.config(), "-h", "ldap://"+s.address, "-d", "0"))
	if err != nil {
		return err
	}
	return s.running.await(ctx, func() error { return accepts(s.address) })
}

func (s *slapd) stop() {
	if s.running != nil {
		s.running.end(syscall.SIGTERM)
		s.running = nil
	}
}

func (s *slapd) remove()            { _ = os.RemoveAll(s.dir) } // a leftover harms nothing
func (s *slapd) signer() *authority { return s.authority }
func (s *slapd) show(p paper) error { return p.write(s.dir) }
func (s *slapd) secrets() map[string]string {
	return map[string]string{"bind_password": s.password}
}

func (s *slapd) settings() map[string]any {
	return map[string]any{
		"url": "ldap://" + s.address, "bind_dn": reader, "start_tls": true, "ca_certificate": s.authority.pem(),
		"user_bases": []string{base}, "group_bases": []string{groups},
	}
}

// setPassword changes the password of the reader, as an administrator does while the server runs.
func (s *slapd) setPassword(ctx context.Context, password string) error {
	s.password = password
	return output(ctx, "/usr/bin/ldappasswd", "-x", "-H", "ldap://"+s.address, "-D", "cn=root,"+suffix, "-w", "root-canary-81", "-s", password,
		reader)
}
