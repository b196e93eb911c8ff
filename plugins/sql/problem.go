package main

import (
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// fault is a reason for which a server refuses something.
type fault int

// The faults that the two servers have in common.
const (
	faultOther       fault = iota // the server failed
	faultSignIn                   // wrong account or password
	faultAddress                  // the server lets nobody in from here
	faultLocked                   // the account is locked
	faultPassword                 // the password has to be changed
	faultDatabase                 // no such database
	faultFull                     // too many connections
	faultStarting                 // the server starts or stops
	faultDenied                   // a right is missing
	faultQuery                    // the query is wrong
	faultWrites                   // the query would change data
	faultTime                     // the query took too long
	faultLock                     // another transaction holds a lock
	faultUnencrypted              // the server wants TLS
)

// problem returns the error of a fault, with the server's words and its code.
func (c settings) problem(f fault, words, code, permission string) *sdk.Error {
	words = strings.ToValidUTF8(words, "?")
	e := c.errorOf(f, words, permission)
	e.UpstreamCode = code
	return e
}

func (c settings) errorOf(f fault, words, permission string) *sdk.Error {
	says := func(code, remedy string) *sdk.Error {
		e := sdk.Errorf(code, "the server says: %s", words)
		if remedy != "" {
			e = e.WithRemedy(remedy)
		}
		return e
	}
	setting := func(pointer, remedy string) *sdk.Error {
		return sdk.ConfigInvalid(pointer, "the server says: %s", words).WithRemedy(remedy)
	}
	switch f {
	case faultSignIn:
		return says(sdk.CodeAuthInvalid, `Correct the settings "Sign in as" and "Password", or end the lock or expiry of the account on the `+
			`server.`)
	case faultAddress:
		return says(sdk.CodeAuthInvalid, c.admission())
	case faultLocked:
		return says(sdk.CodeAuthInvalid, "Unlock the account "+c.Username+" on the server.")
	case faultPassword:
		return says(sdk.CodeAuthExpired, "Give the account "+c.Username+` a new password on the server and enter it in the setting "Password".`)
	case faultDatabase:
		return setting("/database", `Correct the setting "Database".`)
	case faultFull:
		return says(sdk.CodeRateLimited, "Raise the number of connections that the server or the account allows, or wait for the next run.")
	case faultStarting:
		return says(sdk.CodeUpstreamMaintenance, "")
	case faultDenied:
		e := sdk.PermissionMissing([]string{permission}, "the server says: %s", words)
		return e.WithRemedy("Let an administrator of the server grant SELECT on what it names to " + c.Username + ".")
	case faultQuery:
		return setting("/query", `Correct the setting "Query".`)
	case faultWrites:
		return setting("/query", `Enter a query that only reads in the setting "Query".`)
	case faultTime:
		return says(sdk.CodeLimitDeadline, `Make the query faster, for example with an index or a condition, or raise "Time limit of the query".`)
	case faultLock:
		return says(sdk.CodeUpstream5xx, "Sync at a time when no other program locks the table.")
	case faultUnencrypted:
		return setting("/encrypted", `Switch on "Encrypt with TLS".`)
	}
	return says(sdk.CodeUpstream5xx, "")
}

// admission says how a server lets the account in from this machine.
func (c settings) admission() string {
	if c.Engine == engineMariaDB {
		return "Create the account on the server for the address of this machine, as in " + c.Username + "@'192.0.2.10'."
	}
	return "Allow the account from this machine in pg_hba.conf with a line hostssl and scram-sha-256, and give the role LOGIN."
}
