// Command sql is the connector for database servers: PostgreSQL, MariaDB and MySQL. It reads the accounts of the
// server, and the rows of one query as any kind.
package main

import (
	"context"
	_ "embed"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

// The permissions, by what the account must be allowed to read.
const (
	readQuery  = "SELECT"              // the tables of the query
	readUsers  = "mysql.user"          // the accounts of MariaDB and MySQL
	readLocks  = "mysql.global_priv"   // which accounts of MariaDB are locked
	readRoles  = "mysql.roles_mapping" // who has which role of MariaDB
	readGrants = "mysql.db"            // rights on databases of MariaDB and MySQL
)

// accountStream is the name of the stream of the server's accounts.
const accountStream = "server_accounts"

func main() { sdk.Serve(New()) }

// New returns the connector. It has a stream for the server's accounts and one for each kind; the settings choose
// the kind of the query's rows.
func New() *sdk.Connector {
	const bases = "MariaDB and MySQL: "
	c := &sdk.Connector{
		ID:           "sql",
		Name:         "SQL database",
		Version:      "1.0.0",
		Vendor:       "PostgreSQL, MariaDB, MySQL",
		Summary:      "Reads the accounts of a database server, and records of any kind from its tables.",
		License:      "Apache-2.0",
		Categories:   []string{"custom", "user_access_review"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Permissions: []sdk.Permission{
			{ID: readQuery, Reason: "Reads the tables of the query.", Optional: true, Streams: kindNames()},
			{ID: readUsers, Reason: bases + "lists the accounts of the server.", Optional: true, Streams: []string{accountStream}},
			{ID: readLocks, Reason: "MariaDB: shows which accounts are locked.", Optional: true, Streams: []string{accountStream}},
			{ID: readRoles, Reason: "MariaDB: shows who has which role.", Optional: true, Streams: []string{accountStream}},
			{ID: readGrants, Reason: bases + "shows rights on single databases.", Optional: true, Streams: []string{accountStream}},
		},
		Network: []sdk.NetworkHost{
			{Host: "{address}", Port: 5432, Purpose: "The PostgreSQL server"},
			{Host: "{address}", Port: 3306, Purpose: "The MariaDB or MySQL server"},
		},
		MemoryMiB: 256,
		Connect:   connect,
		Check:     check,
		Choices:   choices,
		Streams: []sdk.Stream{{
			Name: accountStream, Title: "Accounts of the server", Kind: kind.KindAccount,
			Description: "Every account and role of the database server.",
			Permissions: []string{readUsers, readLocks, readRoles, readGrants},
			Applies:     func(s *sdk.Session) bool { c, err := readSettings(s); return err != nil || c.Accounts },
			Read: sdk.ReadWith(func(ctx context.Context, c *connection, out *sdk.Output) error {
				return c.accounts(ctx, out)
			}),
		}},
	}
	for _, k := range kind.Kinds() {
		c.Streams = append(c.Streams, sdk.Stream{
			Name: string(k), Title: title(k), Kind: k, Permissions: []string{readQuery},
			Description: "The rows of the query.",
			Applies: func(s *sdk.Session) bool {
				c, err := readSettings(s)
				return err == nil && c.Query != "" && c.Kind == k
			},
			Read: sdk.ReadWith(readRows),
		})
	}
	return c
}

func kindNames() (names []string) {
	for _, k := range kind.Kinds() {
		names = append(names, string(k))
	}
	return names
}

// title returns the title of the stream of a kind.
func title(k kind.Kind) string {
	return "Query: " + strings.ReplaceAll(string(k), "_", " ")
}

func connect(ctx context.Context, s *sdk.Session) error {
	c, err := readSettings(s)
	if err != nil {
		return err
	}
	db, err := open(ctx, s, c)
	if err != nil {
		return err
	}
	s.Set(&connection{settings: c, server: db})
	return nil
}

// connection is the server with the settings of the connection.
type connection struct {
	settings
	server
}
