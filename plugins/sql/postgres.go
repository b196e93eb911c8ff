package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// postgres is a connection to a PostgreSQL server.
type postgres struct {
	settings
	conn *pgconn.PgConn
}

func openPostgres(ctx context.Context, s *sdk.Session, c settings, secure *tls.Config) (server, error) {
	// The settings alone say where to connect, and not PGHOST or other variables.
	config, err := pgconn.ParseConfig("host=127.0.0.1 user=none password=none sslmode=disable")
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeInternalBug, "prepare the connection: %w", err)
	}
	port, err := strconv.ParseUint(c.port, 10, 16)
	if err != nil || port == 0 {
		return nil, sdk.ConfigInvalid("/address", "%s is not a port", c.port)
	}
	config.Host, config.Port, config.Database = c.host, uint16(port), cmp.Or(c.Database, "postgres")
	config.User, config.Password = c.Username, s.Secret("password").Reveal()
	config.TLSConfig, config.Fallbacks, config.ConnectTimeout = secure, nil, 0
	config.RuntimeParams = map[string]string{"application_name": "plumbline"}
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil } // the host resolves it
	config.DialFunc = func(ctx context.Context, _, address string) (net.Conn, error) { return s.Dial(ctx, address) }
	p := &postgres{settings: c}
	err = within(ctx, dialTimeout, func(ctx context.Context) (err error) {
		p.conn, err = pgconn.ConnectConfig(ctx, config)
		return err
	})
	if err != nil {
		return nil, p.fail(err, "")
	}
	s.OnClose(func() { _ = p.conn.Close(context.WithoutCancel(ctx)) })
	return p, nil
}

// begin starts a read-only transaction, in which the server writes values in forms that do not depend on its
// settings.
func (p *postgres) begin(ctx context.Context) error {
	encoding := "UTF8"
	if p.conn.ParameterStatus("server_encoding") == "SQL_ASCII" {
		encoding = "SQL_ASCII" // the server would refuse whole rows because of one byte
	}
	begin := fmt.Sprintf(`BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
		SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d; SET LOCAL client_encoding = '%s'; SET LOCAL TimeZone = 'UTC';
		SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1`,
		p.limit().Milliseconds(), p.lockLimit().Milliseconds(), encoding)
	_, err := p.conn.Exec(ctx, begin).ReadAll()
	return err
}

// transaction runs f in a read-only transaction, and rolls it back.
func (p *postgres) transaction(ctx context.Context, permission string, f func() error) error {
	if err := p.begin(ctx); err != nil {
		return p.fail(err, permission)
	}
	err := f()
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil {
		_, err = p.conn.Exec(ctx, "ROLLBACK").ReadAll()
	} else if !p.conn.IsClosed() {
		_, _ = p.conn.Exec(ctx, "ROLLBACK").ReadAll() // err is the reason
	}
	if err != nil {
		return p.fail(err, permission)
	}
	return nil
}

func (p *postgres) rows(ctx context.Context, statement string, into reader) error {
	return p.transaction(ctx, readQuery, func() error { return p.read(ctx, statement, into) })
}

// read sends a statement by the extended protocol, which takes only one.
func (p *postgres) read(ctx context.Context, statement string, into reader) error {
	const name = "plumbline"
	described, err := p.conn.Prepare(ctx, name, statement, nil)
	if err != nil {
		return err
	}
	defer func() { _ = p.conn.Deallocate(ctx, name) }() // the transaction may have ended
	types, err := p.types(ctx, described.Fields)
	if err != nil {
		return err
	}
	headers := make([]string, len(described.Fields))
	for i, f := range described.Fields {
		headers[i] = f.Name
	}
	if err := into.head(headers); err != nil {
		return err
	}
	result := p.conn.ExecPrepared(ctx, name, nil, nil, nil) // every value as text
	cells := make([]mapping.Cell, len(headers))
	for result.NextRow() {
		for i, value := range result.Values() {
			cells[i] = types[i].cell(value)
		}
		if err := into.row(cells); err != nil {
			_, _ = result.Close()
			return err
		}
	}
	_, err = result.Close()
	return err
}

// texts returns the rows of a statement of the connector as texts. NULL is "".
func (p *postgres) texts(ctx context.Context, statement string, args ...string) ([][]string, error) {
	values := make([][]byte, len(args))
	for i, arg := range args {
		values[i] = []byte(arg)
	}
	result := p.conn.ExecParams(ctx, statement, values, nil, nil, nil).Read()
	rows := make([][]string, len(result.Rows))
	for i, row := range result.Rows {
		for _, value := range row {
			rows[i] = append(rows[i], string(value))
		}
	}
	return rows, result.Err
}

// texts1 returns the row of a statement that has one.
func (p *postgres) texts1(ctx context.Context, statement string) (row []string, err error) {
	err = p.transaction(ctx, readQuery, func() error {
		rows, err := p.texts(ctx, statement)
		if err == nil && len(rows) != 1 {
			err = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the server answered with %d rows instead of one", len(rows))
		}
		if err == nil {
			row = rows[0]
		}
		return err
	})
	return row, err
}

func (p *postgres) identity(ctx context.Context) (string, error) {
	row, err := p.texts1(ctx, "SELECT current_user, current_database()")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s in %s, PostgreSQL %s", row[0], row[1], p.conn.ParameterStatus("server_version")), nil
}

func (p *postgres) readOnly(ctx context.Context) error {
	row, err := p.texts1(ctx, "SHOW transaction_read_only")
	if err == nil && row[0] != "on" {
		err = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the server does not keep to a read-only transaction")
	}
	return err
}

// broad asks for attributes of the role, and for rights to change a table or the database.
func (p *postgres) broad(ctx context.Context) (string, error) {
	row, err := p.texts1(ctx, `SELECT concat_ws(', ',
			CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
			CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
			CASE WHEN r.rolreplication THEN 'REPLICATION' END,
			CASE WHEN has_database_privilege(current_database(), 'CREATE') THEN 'CREATE on the database' END,
			(SELECT 'changes to ' || count(*) || ' tables' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
				WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
				AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') HAVING count(*) > 0))
		FROM pg_roles r WHERE r.rolname = current_user`)
	if err != nil {
		return "", err
	}
	return row[0], nil
}

// fail converts an error of the driver.
func (p *postgres) fail(err error, permission string) error {
	var known *sdk.Error
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &refused):
		return p.problem(faultOfState(refused.Code), refused.Message, refused.Code, permission)
	case strings.Contains(err.Error(), "refused TLS"): // the driver's own words
		return p.noTLS(err)
	}
	return p.transport(err)
}

// faultOfState returns the fault of an SQLSTATE of PostgreSQL.
func faultOfState(state string) fault {
	switch state {
	case "28P01":
		return faultSignIn
	case "28000":
		return faultAddress // no line of pg_hba.conf, or a role without LOGIN
	case "3D000":
		return faultDatabase
	case "53300":
		return faultFull
	case "57P01", "57P02", "57P03":
		return faultStarting
	case "42501":
		return faultDenied
	case "57014":
		return faultTime
	case "55P03":
		return faultLock
	}
	switch state[:min(2, len(state))] {
	case "25":
		return faultWrites
	case "42", "0A", "22", "21", "2F", "38", "P0":
		return faultQuery
	}
	return faultOther
}
