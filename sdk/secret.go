package sdk

import (
	"encoding/base64"
	"fmt"
	"log/slog"
)

const mask = "[secret]"

// Secret is a credential. Printing, formatting, logging or marshalling it shows
// a mask; only Reveal gives the value.
type Secret struct{ value string }

// NewSecret returns value as a Secret.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the value. Hand it to the client that needs it, nothing else.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is no value.
func (s Secret) Empty() bool { return s.value == "" }

// Bearer returns what the header Authorization holds when the secret is a bearer
// token:
//
//	s.HTTP(sdk.HTTPOptions{BaseURL: …, SecretHeader: map[string]sdk.Secret{
//		"Authorization": s.Secret("token").Bearer(),
//	}})
func (s Secret) Bearer() Secret { return Secret{value: "Bearer " + s.value} }

// Basic returns what the header Authorization holds for a user name and a password.
// Where the vendor wants a key as the user name, the password is the zero Secret.
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
