package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	dialTimeout = 15 * time.Second
	lockTimeout = 15 * time.Second // half of the query's limit if that is shorter
)

// server is a signed-in connection to a database server. Its methods run in a read-only transaction of their own,
// are not safe for concurrent use, and return errors of the SDK.
type server interface {
	// rows runs a statement. It reads the rows one by one and does not keep them.
	rows(ctx context.Context, statement string, into reader) error
	// accounts sends the accounts of the server.
	accounts(ctx context.Context, out *sdk.Output) error
	// identity returns the account and the version of the server.
	identity(ctx context.Context) (string, error)
	// readOnly returns an error if the transaction could change data.
	readOnly(ctx context.Context) error
	// broad returns the rights of the account to change something, "" for none.
	broad(ctx context.Context) (string, error)
}

// reader receives the columns and then the rows of a statement. The cells are valid until row returns.
type reader struct {
	head func(headers []string) error
	row  func(cells []mapping.Cell) error
}

// errEnough ends the rows of a statement early.
var errEnough = errors.New("enough rows")

// open signs in. The connection ends with the session.
func open(ctx context.Context, s *sdk.Session, c settings) (server, error) {
	config, err := c.tlsConfig()
	if err != nil {
		return nil, err
	}
	if c.Engine == engineMariaDB {
		return openMySQL(ctx, s, c, config)
	}
	return openPostgres(ctx, s, c, config)
}

// within runs f, which has to end in time.
func within(ctx context.Context, limit time.Duration, f func(ctx context.Context) error) error {
	timed, cancel := context.WithTimeoutCause(ctx, limit, os.ErrDeadlineExceeded)
	defer cancel()
	err := f(timed)
	if err != nil && ctx.Err() == nil && timed.Err() != nil {
		return os.ErrDeadlineExceeded
	}
	return err
}

// bounded returns a query that gives at most n rows. As a subquery it cannot be a statement of another type, write
// to a file or hold several statements.
func bounded(query string, n int) string {
	return fmt.Sprintf("SELECT * FROM (\n%s\n) AS plumbline LIMIT %d", query, n)
}

// transport is the error of a connection that failed or broke.
func (c settings) transport(err error) *sdk.Error {
	e := sdk.AsError(err)
	if e.Code != sdk.CodeInternalBug {
		named := *e
		named.Message = strings.Replace(e.Message, "the host", c.Address, 1) // an error of reading names no host
		named.Detail = err.Error()
		return &named
	}
	return sdk.Errorf(sdk.CodeNetworkConnect, "the connection to %s broke", c.Address).Because(err).WithDetail(err.Error())
}

func (c settings) noTLS(err error) *sdk.Error {
	return sdk.Errorf(sdk.CodeNetworkTLS, "%s does not offer TLS", c.Address).Because(err).
		WithRemedy("Enable TLS on the server. See the step \"Prepare an encrypted connection\" of the guide.")
}
