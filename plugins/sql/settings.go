package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// The values of the setting "engine".
const (
	enginePostgres = "postgresql"
	engineMariaDB  = "mariadb"
)

// settings are the connection's settings.
type settings struct {
	mapping.Settings
	Engine    string   `json:"engine"`
	Address   string   `json:"address"`
	Database  string   `json:"database"`
	Username  string   `json:"username"`
	Accounts  bool     `json:"accounts"`
	Query     string   `json:"query"`
	Key       []string `json:"key"`
	RowLimit  int      `json:"row_limit"`
	TimeLimit int      `json:"time_limit"`
	Encrypted bool     `json:"encrypted"`
	CA        string   `json:"ca_certificate"`

	host, port string
}

// readSettings returns the settings, and checks what a schema cannot express.
func readSettings(s *sdk.Session) (settings, error) {
	c, err := plainSettings(s)
	if err != nil {
		return c, err
	}
	return c, c.validate()
}

// plainSettings returns the settings without checking them.
func plainSettings(s *sdk.Session) (settings, error) {
	var c settings
	if err := s.Settings(&c); err != nil {
		return c, err
	}
	c.host, c.port = c.Address, map[string]string{enginePostgres: "5432", engineMariaDB: "3306"}[c.Engine]
	if host, port, err := net.SplitHostPort(c.Address); err == nil {
		c.host, c.port = host, port
	}
	c.host = strings.Trim(c.host, "[]")
	c.Query = strings.TrimRight(strings.TrimSpace(c.Query), "; \t\r\n")
	return c, nil
}

// validate checks what a schema cannot express.
func (c settings) validate() error {
	switch {
	case !c.Encrypted && !c.local():
		return sdk.ConfigInvalid("/encrypted", "without TLS the password would be sent unencrypted to %s", c.Address).
			WithRemedy("Switch on \"Encrypt with TLS\".")
	case c.Query != "" && !isQuery(c.Query):
		return sdk.ConfigInvalid("/query", "the query does not begin with SELECT, WITH, TABLE or VALUES").
			WithRemedy("Enter one SELECT in the setting \"Query\".")
	case c.Query != "" && len(c.Key) == 0:
		return sdk.ConfigInvalid("/key", "the query has no key columns").
			WithRemedy("Enter in \"Key columns\" the columns that identify a row.")
	case !c.Accounts && c.Query == "":
		return sdk.ConfigInvalid("/query", "there is nothing to read: no query, and no accounts").
			WithRemedy("Enter a query, or switch on \"Read the accounts of the server\".")
	}
	return nil
}

// local reports whether the server is this machine.
func (c settings) local() bool { return c.host == "localhost" || net.ParseIP(c.host).IsLoopback() }

func (c settings) target() string { return net.JoinHostPort(c.host, c.port) }

func (c settings) limit() time.Duration { return time.Duration(cmp.Or(c.TimeLimit, 600)) * time.Second }

// lockLimit is how long a statement waits for another transaction.
func (c settings) lockLimit() time.Duration { return min(lockTimeout, c.limit()/2) }

// isQuery reports whether a statement begins like one that reads. The server decides whether it does.
func isQuery(text string) bool {
	text = strings.TrimLeft(withoutComments(text), "( \t\r\n")
	word, _, _ := strings.Cut(strings.ToLower(text), " ")
	for _, begin := range []string{"select", "with", "table", "values"} {
		if rest, ok := strings.CutPrefix(word, begin); ok && strings.IndexFunc(rest, isLetter) != 0 {
			return true
		}
	}
	return false
}

func isLetter(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 0x7f
}

// withoutComments drops comments before a statement.
func withoutComments(text string) string {
	for {
		text = strings.TrimSpace(text)
		var end string
		switch {
		case strings.HasPrefix(text, "--"):
			end = "\n"
		case strings.HasPrefix(text, "/*") && !strings.HasPrefix(text, "/*!") && !strings.HasPrefix(text, "/*M!"):
			end = "*/"
		default:
			return text
		}
		_, rest, ok := strings.Cut(text, end)
		if !ok {
			return ""
		}
		text = rest
	}
}

// tlsConfig returns nil when the connection is not encrypted.
func (c settings) tlsConfig() (*tls.Config, error) {
	if !c.Encrypted {
		return nil, nil
	}
	config := &tls.Config{ServerName: c.host, MinVersion: tls.VersionTLS12}
	if c.CA == "" {
		return config, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM([]byte(c.CA)) {
		return nil, sdk.ConfigInvalid("/ca_certificate", "the certificate authority is not a PEM certificate")
	}
	config.RootCAs = pool
	return config, nil
}
