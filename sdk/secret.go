package sdk

import (
	"encoding/base64"
	"fmt"
	"log/slog"
)

const mask = "[secret]"

// Secret is a credential. Printing, formatting, logging and marshalling show a mask; only Reveal
// returns the value.
type Secret struct{ value string }

// NewSecret returns value as a Secret.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the value. Pass it only to the client that needs it.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is no value.
func (s Secret) Empty() bool { return s.value == "" }

// Bearer returns the value of the header Authorization for a bearer token:
//
//	s.HTTP(sdk.HTTPOptions{BaseURL: …, SecretHeader: map[string]sdk.Secret{
//		"Authorization": s.Secret("token").Bearer(),
//	}})
func (s Secret) Bearer() Secret { return Secret{value: "Bearer " + s.value} }

// Basic returns the value of the header Authorization for a user name and a password. The zero
// Secret is an empty password, for a vendor that takes a key as the user name.
func Basic(username, password Secret) Secret {
	return Secret{value: "Basic " + base64.StdEncoding.EncodeToString([]byte(username.value+":"+password.value))}
}

// String returns the mask.
func (s Secret) String() string { return mask }

// GoString returns the mask.
func (s Secret) GoString() string { return mask }

// Format writes the mask for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// MarshalText returns the mask; it also serves JSON and map keys.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue returns the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }
