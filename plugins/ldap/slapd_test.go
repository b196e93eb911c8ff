package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const (
	users    = 3000
	suffix   = "dc=example,dc=com"
	reader   = "cn=reader," + suffix
	limited  = "cn=limited," + suffix
	root     = "cn=root," + suffix // may change the directory, which the connector never does
	password = "reader-canary-81"
)

// server is a real slapd with a directory of its own.
type server struct {
	addr string // host:port, without TLS until StartTLS
	ca   string // PEM of the authority that signed its certificate
}

// shared is the server for all tests.
type shared struct {
	once   sync.Once
	server *server
	err    error
	stop   func()
}

// TestMain stops the server after the last test.
func TestMain(m *testing.M) {
	code := m.Run()
	if theServer.stop != nil {
		theServer.stop()
	}
	os.Exit(code)
}

var theServer shared

// directoryServer returns the shared server. The first call starts it.
func directoryServer(t *testing.T) *server {
	t.Helper()
	theServer.once.Do(func() { theServer.server, theServer.stop, theServer.err = startServer() })
	if theServer.err != nil {
		t.Fatalf("these tests need OpenLDAP's server (Debian: apt-get install slapd): %v", theServer.err)
	}
	return theServer.server
}

func find(program string) (string, error) {
	for _, dir := range []string{"", "/usr/sbin/", "/usr/lib/openldap/", "/usr/local/sbin/"} {
		if path, err := exec.LookPath(dir + program); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("find %s: not installed", program)
}

func startServer() (*server, func(), error) {
	slapd, err := find("slapd")
	if err != nil {
		return nil, nil, err
	}
	slapadd, err := find("slapadd")
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "slapd")
	if err != nil {
		return nil, nil, err
	}
	remove := func() { _ = os.RemoveAll(dir) }
	ca, err := prepare(dir)
	if err != nil {
		remove()
		return nil, nil, err
	}
	config := filepath.Join(dir, "slapd.conf")
	if text, err := exec.Command(slapadd, "-q", "-f", config, "-l", filepath.Join(dir, "data.ldif")).CombinedOutput(); err != nil {
		remove()
		return nil, nil, fmt.Errorf("slapadd: %w: %s", err, text)
	}
	addr, err := freeAddr()
	if err != nil {
		remove()
		return nil, nil, err
	}
	cmd := exec.Command(slapd, "-f", config, "-h", "ldap://"+addr, "-d", "stats")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		remove()
		return nil, nil, err
	}
	stop := func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); remove() }
	lines := bufio.NewScanner(stderr)
	var said strings.Builder
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "slapd starting") {
			go func() { _, _ = io.Copy(io.Discard, stderr) }() // ends with slapd
			if err := awaitListener(addr); err != nil {
				stop()
				return nil, nil, err
			}
			return &server{addr: addr, ca: ca}, stop, nil
		}
	}
	stop()
	return nil, nil, fmt.Errorf("slapd ended: %s", said.String())
}

// awaitListener waits until slapd accepts connections. Slapd reports its start too early.
func awaitListener(addr string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); ; <-tick.C {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(end) {
			return fmt.Errorf("wait for slapd: %w", err)
		}
	}
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// prepare writes the configuration, the data and the certificate.
func prepare(dir string) (ca string, err error) {
	if err := os.Mkdir(filepath.Join(dir, "db"), 0o700); err != nil {
		return "", err
	}
	ca, err = certificate(dir)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "slapd.conf"), []byte(configuration(dir)), 0o600); err != nil {
		return "", err
	}
	return ca, os.WriteFile(filepath.Join(dir, "data.ldif"), []byte(data()), 0o600)
}

func configuration(dir string) string {
	names := strings.NewReplacer("DIR", dir, "SUFFIX", suffix, "READER", reader, "LIMITED", limited, "ROOT", root, "PASSWORD", password)
	return names.Replace(`
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile DIR/slapd.pid
TLSCertificateFile DIR/cert.pem
TLSCertificateKeyFile DIR/key.pem
database mdb
suffix "SUFFIX"
rootdn "ROOT"
rootpw "PASSWORD"
directory DIR/db
maxsize 268435456
overlay ppolicy
limits dn.exact="LIMITED" size.soft=100 size.hard=100 size.prtotal=100
limits dn.exact="READER" size=unlimited
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=hidden,SUFFIX" by * none
access to dn.subtree="ou=refused,SUFFIX" by * disclose
access to dn.subtree="ou=bare,SUFFIX" attrs=entryUUID,createTimestamp,pwdAccountLockedTime by * none
access to dn.subtree="ou=blind,SUFFIX" attrs=pwdAccountLockedTime by * none
access to dn.children="ou=closed,SUFFIX" by * none
access to dn.subtree="ou=secret,SUFFIX" attrs=member by * none
access to * by dn.exact="READER" read by dn.exact="LIMITED" read by * none
`)
}

// data returns the directory: 3,000 people, groups, and parts that the account may not read.
func data() string {
	var b strings.Builder
	entry := func(dn string, lines ...string) {
		classes := func(line string) int { return strings.Index(line, "objectClass: ") }       // 0 for one
		slices.SortStableFunc(lines, func(a, b string) int { return classes(b) - classes(a) }) // slapadd wants them together
		fmt.Fprintf(&b, "dn: %s\n%s\n\n", dn, strings.Join(lines, "\n"))
	}
	entry(suffix, "objectClass: dcObject", "objectClass: organization", "o: Example", "dc: example")
	for _, ou := range []string{"people", "groups", "hidden", "refused", "bare", "afar", "blind", "closed", "empty", "locks", "teams",
		"secret", "members"} {
		entry("ou="+ou+","+suffix, "objectClass: organizationalUnit", "ou: "+ou)
	}
	for _, dn := range []string{reader, limited} {
		entry(dn, "objectClass: organizationalRole", "objectClass: simpleSecurityObject",
			"cn: "+strings.TrimPrefix(strings.Split(dn, ",")[0], "cn="), "userPassword: "+password)
	}
	for n := range users {
		more := []string{}
		if n == 7 {
			more = append(more, "pwdAccountLockedTime: 000001010000Z")
		}
		person(entry, "people", n, more...)
	}
	person(entry, "hidden", 1)
	person(entry, "refused", 1)
	person(entry, "bare", 1)
	entry("cn=Staff,ou=groups,"+suffix, "objectClass: groupOfNames", "cn: Staff", "description: Everybody",
		"member: UID=p0,  ou=People,"+suffix, "member: uid=p1,ou=people,"+suffix)
	entry("cn=ops,ou=groups,"+suffix, "objectClass: posixGroup", "cn: ops", "gidNumber: 100", "memberUid: p1")
	entry("ou=elsewhere,ou=afar,"+suffix, "objectClass: referral", "objectClass: extensibleObject", "ou: elsewhere",
		"ref: ldap://other.example.com/ou=elsewhere,"+suffix)
	person(entry, "afar", 1)
	lockData(entry)
	teamData(entry)
	return b.String()
}

// lockData adds people in every state of a lock.
func lockData(entry func(string, ...string)) {
	policy := func(name string, lines ...string) string {
		dn := "cn=" + name + ",ou=locks," + suffix
		entry(dn, append([]string{"objectClass: device", "objectClass: pwdPolicy", "cn: " + name, "pwdAttribute: userPassword",
			"pwdLockout: TRUE"}, lines...)...)
		return "pwdPolicySubentry: " + dn
	}
	short, endless := policy("short", "pwdLockoutDuration: 60"), policy("endless", "pwdLockoutDuration: 0")
	const then = "pwdAccountLockedTime: 20200101000000Z"
	person(entry, "locks", 1)
	person(entry, "locks", 2, "pwdAccountLockedTime: 000001010000Z", short)
	person(entry, "locks", 3, then, short)
	person(entry, "locks", 4, then, endless)
	person(entry, "locks", 5, then) // the two policies do not agree
	person(entry, "locks", 6, then, "pwdPolicySubentry: cn=gone,ou=locks,"+suffix)
	person(entry, "locks", 7, "pwdEndTime: 20200101000000Z", short)
	person(entry, "locks", 8, "pwdStartTime: 20990101000000Z", short)
	person(entry, "locks", 9, "pwdEndTime: 20200101000000Z")
	person(entry, "blind", 1)
	person(entry, "blind", 2, "pwdAccountLockedTime: 000001010000Z")
	person(entry, "closed", 1)
}

// teamData adds groups with the same name in two containers, primary groups, and groups with hidden members.
func teamData(entry func(string, ...string)) {
	for _, place := range []string{"emea", "apac"} {
		entry("ou="+place+",ou=teams,"+suffix, "objectClass: organizationalUnit", "ou: "+place)
	}
	for n, place := range []string{"emea", "apac"} {
		entry("cn=finance,ou="+place+",ou=teams,"+suffix, "objectClass: groupOfNames", "cn: finance",
			fmt.Sprintf("member: uid=p%d,ou=members,%s", n+1, suffix))
	}
	entry("cn=wheel,ou=teams,"+suffix, "objectClass: posixGroup", "cn: wheel", "gidNumber: 3002")
	entry("cn=board,ou=secret,"+suffix, "objectClass: groupOfNames", "cn: board", "member: uid=p1,ou=members,"+suffix)
	for n := 1; n <= 3; n++ {
		person(entry, "members", n, "objectClass: posixAccount", fmt.Sprintf("uidNumber: %d", 2000+n),
			"gidNumber: "+[]string{"3001", "3001", "3002"}[n-1], "homeDirectory: /")
	}
}

func person(entry func(string, ...string), ou string, n int, more ...string) {
	id := fmt.Sprintf("p%d", n)
	entry("uid="+id+",ou="+ou+","+suffix, append([]string{
		"objectClass: inetOrgPerson", "uid: " + id, "cn: Person " + id, "sn: Of " + ou, "givenName: Person", "mail: " + id + "@example.com",
		"title: Clerk", "departmentNumber: 17", "userPassword: secret-" + id, "manager: uid=p0,ou=people," + suffix,
	}, more...)...)
}

// certificate creates an authority and a certificate for 127.0.0.1.
func certificate(dir string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter:    time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), public, 0o600); err != nil {
		return "", err
	}
	return string(public), os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		0o600)
}

// cutAfter returns the address of a proxy for addr. It breaks the connection after a number of bytes of answers.
func cutAfter(t *testing.T, addr string, bytes int64) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	done.Go(func() { // ends when the listener closes
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", addr)
			if err != nil {
				_ = client.Close()
				return
			}
			done.Go(func() { _, _ = io.Copy(upstream, client); _ = upstream.Close() }) // ends with either side
			done.Go(func() {                                                           // ends at the cut
				_, _ = io.CopyN(client, upstream, bytes)
				_, _ = client.Close(), upstream.Close()
			})
		}
	})
	return l.Addr().String()
}

func input(addr string, more map[string]any) sdktest.Input {
	s := map[string]any{
		"url": "ldap://" + addr, "bind_dn": reader, "start_tls": false,
		"user_bases": []string{"ou=people," + suffix}, "group_bases": []string{"ou=groups," + suffix},
	}
	for name, value := range more {
		s[name] = value
	}
	return sdktest.Input{Settings: s, Secrets: map[string]string{"bind_password": password}}
}
