package directory

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// foldText returns a name as it is compared and searched.
func foldText(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFC.String(text))), " ")
}

var letters = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// idOf returns an id over parts, such as a3…; the first letter says of what.
func idOf(of string, parts ...string) string {
	sum := sha256.Sum256([]byte(of + "\x00" + strings.Join(parts, "\x00")))
	return of + letters.EncodeToString(sum[:10])
}

// The first letters of ids.
const (
	ofAccount = "a"
	ofPerson  = "p"
	ofCheck   = "c" // a person on the page of background checks
)

// AccountID returns the id of the account of a record.
func AccountID(connection, stream, key string) string {
	return idOf(ofAccount, connection, stream, key)
}
