package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	dialTimeout   = 15 * time.Second
	answerTimeout = 60 * time.Second
)

// directory is a connection to the server, and the data that was read.
type directory struct {
	settings
	log     *slog.Logger // for the run's log
	conn    *ldap.Conn
	groups  *groupIndex       // nil before the groups are read
	profile *profile          // nil before about is called
	free    map[nameHash]bool // entries of the current base that certainly have no lock
}

// open connects and signs in. The connection ends with the session.
func open(ctx context.Context, s *sdk.Session) (*directory, error) {
	c, err := readSettings(s)
	if err != nil {
		return nil, err
	}
	d := &directory{settings: c, log: s.Log()}
	if err := d.dial(ctx, s); err != nil {
		return nil, err
	}
	return d, d.bind(ctx, s.Secret("bind_password"))
}

// dial opens an encrypted connection. It opens an unencrypted one only to this machine, if the settings
// want it.
func (d *directory) dial(ctx context.Context, s *sdk.Session) error {
	u, err := url.Parse(d.URL)
	if err != nil || u.Hostname() == "" {
		return sdk.ConfigInvalid("/url", "%q is not the address of a directory", d.URL)
	}
	local := net.ParseIP(u.Hostname()).IsLoopback() || u.Hostname() == "localhost"
	if u.Scheme == "ldap" && !d.StartTLS && !local {
		return sdk.ConfigInvalid("/start_tls", "without TLS the password would be sent unencrypted to %s", u.Host)
	}
	config, err := d.tlsConfig(u.Hostname())
	if err != nil {
		return err
	}
	conn, err := connection(ctx, s, u, config)
	if err != nil {
		return transportError(err, u.Host)
	}
	s.OnClose(func() { _ = conn.Close() })
	conn.SetTimeout(answerTimeout)
	d.conn = conn
	if u.Scheme == "ldap" && d.StartTLS {
		if err := d.do(ctx, func() error { return conn.StartTLS(config) }); err != nil {
			return startTLSError(err, u.Host)
		}
	}
	return nil
}

// connection connects to the server, with TLS from the first byte for ldaps.
func connection(ctx context.Context, s *sdk.Session, u *url.URL, config *tls.Config) (*ldap.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, dialTimeout, os.ErrDeadlineExceeded)
	defer cancel()
	port, encrypted := "389", u.Scheme == "ldaps"
	if encrypted {
		port = "636"
	}
	conn, err := s.Dial(ctx, net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port)))
	if err != nil {
		return nil, timedOut(ctx, err)
	}
	if encrypted {
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(timedOut(ctx, err), conn.Close())
		}
		conn = secure
	}
	server := ldap.NewConn(conn, encrypted)
	server.Start()
	return server, nil
}

// timedOut distinguishes an attempt that took too long from the end of the run.
func timedOut(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, os.ErrDeadlineExceeded) {
		return cause
	}
	return err
}

func (d *directory) tlsConfig(host string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if d.CA == "" {
		return config, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM([]byte(d.CA)) {
		return nil, sdk.ConfigInvalid("/ca_certificate", "the certificate authority is not a PEM certificate")
	}
	config.RootCAs = pool
	return config, nil
}

func (d *directory) bind(ctx context.Context, password sdk.Secret) error {
	err := d.do(ctx, func() error { return d.conn.Bind(d.BindDN, password.Reveal()) })
	var result *ldap.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &result):
		return transportError(err, "the directory")
	}
	switch result.ResultCode {
	case ldap.LDAPResultInvalidCredentials, ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultNoSuchObject:
		return upstream(sdk.Errorf(sdk.CodeAuthInvalid, "the directory refused the account %s or its password", d.BindDN), result).
			WithRemedy(`Correct the settings "Sign in as" and "Password".`)
	case ldap.LDAPResultInvalidDNSyntax:
		return sdk.ConfigInvalid("/bind_dn", "the directory does not accept %q as a distinguished name", d.BindDN)
	}
	return resultError(err, "", readUsers)
}

// do calls f, which uses the connection and takes no context. The end of ctx closes the connection, which
// ends the call.
func (d *directory) do(ctx context.Context, f func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = d.conn.Close() })
	defer stop()
	err := f()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// searchRequest returns a request without size and time limits.
func searchRequest(base string, scope int, filter string, names []string, controls ...ldap.Control) *ldap.SearchRequest {
	return ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, 0, 0, false, filter, names, controls)
}

func (d *directory) send(ctx context.Context, request *ldap.SearchRequest) (result *ldap.SearchResult, err error) {
	err = d.do(ctx, func() (err error) { result, err = d.conn.Search(request); return err })
	return result, err
}

// sample reads a few entries below a base. It returns an error if the account can read none.
func (d *directory) sample(ctx context.Context, q query) error {
	request := searchRequest(q.base, ldap.ScopeWholeSubtree, q.filter, []string{"userPrincipalName"})
	request.SizeLimit = 5
	result, err := d.send(ctx, request)
	if ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
		err = nil // five entries are enough
	}
	if err != nil {
		return resultError(err, q.base, q.permission)
	}
	names := spellings()
	for _, e := range result.Entries {
		if !d.isOwn(newEntry(e, names)) {
			return nil
		}
	}
	nothing, err := d.nothingBelow(ctx, q)
	if err != nil {
		return err
	}
	return nothing
}

// upstream adds the server's result code to an error.
func upstream(e *sdk.Error, result *ldap.Error) *sdk.Error {
	e.UpstreamStatus = int(result.ResultCode)
	e.UpstreamCode = ldap.LDAPResultCodeMap[result.ResultCode]
	return e
}

// resultError converts a result of the directory to an error that names the base.
func resultError(err error, base, permission string) error {
	var result *ldap.Error
	if !errors.As(err, &result) {
		return transportError(err, "the directory")
	}
	var e *sdk.Error
	switch result.ResultCode {
	case ldap.LDAPResultInsufficientAccessRights:
		e = sdk.PermissionMissing([]string{permission}, "the account may not read %s", base).WithRemedy("Let the account read " + base + ".")
	case ldap.LDAPResultNoSuchObject:
		e = notShown(base, permission)
	case ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultAdminLimitExceeded, ldap.LDAPResultTimeLimitExceeded:
		e = sdk.PermissionMissing([]string{permission}, "the directory stopped before %s was read to the end", base).
			WithRemedy("Raise the size and time limits of the account in the setting \"Sign in as\".")
	case ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired:
		e = sdk.ConfigInvalid("/start_tls", "the directory requires an encrypted connection")
	case ldap.LDAPResultBusy, ldap.LDAPResultUnavailable:
		e = sdk.Errorf(sdk.CodeUpstream5xx, "the directory is busy or shutting down")
	case ldap.LDAPResultReferral:
		e = sdk.Errorf(sdk.CodeNotFoundEndpoint, "%s is stored in another directory", base).
			WithRemedy("Connect that directory, and remove " + base + " from the settings of this connection.")
	default:
		if result.ResultCode >= ldap.ErrorNetwork {
			return transportError(err, "the directory")
		}
		e = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the directory answered with result %d to %s", result.ResultCode, base)
	}
	return upstream(e, result).WithScope(base)
}

// transportError is the error of a connection that failed or broke. The library reports some broken
// connections as plain text, so an unknown error counts as one; err is never a result of the directory.
func transportError(err error, host string) error {
	e := sdk.AsError(err)
	switch {
	case e.Code != sdk.CodeInternalBug:
		return e
	case strings.Contains(err.Error(), "timed out"):
		return sdk.Errorf(sdk.CodeNetworkTimeout, "%s did not answer in time", host).Because(err)
	}
	return sdk.Errorf(sdk.CodeNetworkConnect, "the connection to %s broke", host).Because(err)
}

func startTLSError(err error, host string) error {
	var result *ldap.Error
	if errors.As(err, &result) && result.ResultCode < ldap.ErrorNetwork {
		return upstream(sdk.Errorf(sdk.CodeNetworkTLS, "%s does not offer StartTLS", host), result).
			WithRemedy(`Enter an ldaps:// address in the setting "Directory address", or enable StartTLS on the directory.`)
	}
	e := sdk.AsError(err)
	if e.Code != sdk.CodeNetworkTLS {
		e = sdk.Errorf(sdk.CodeNetworkTLS, "no encrypted connection to %s: %s", host, rootText(err)).Because(err)
	}
	return e
}

func rootText(err error) string {
	var result *ldap.Error
	if errors.As(err, &result) && result.Err != nil {
		return result.Err.Error()
	}
	return fmt.Sprint(err)
}
