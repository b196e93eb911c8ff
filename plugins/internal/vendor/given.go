package vendor

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"sync"
)

// privateKey is the key of connections that sign statements. The file writes it as {{ private_key }}.
var privateKey = sync.OnceValues(func() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("encode key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})), nil
})

// given reads the settings, the secrets and the sign-in. A secret that is an object is its JSON.
func (c *compiler) given(f *File, raw *rawFile) {
	f.settings, f.secrets = map[string]any{}, map[string]string{}
	key, err := privateKey()
	if err != nil {
		c.say("%v", err)
	}
	in := scope{"private_key": key}
	for name, value := range raw.Settings {
		f.settings[name] = c.now("settings "+name, value, in)
	}
	for name, value := range raw.Secrets {
		switch secret := c.now("secrets "+name, value, in).(type) {
		case string:
			f.secrets[name] = secret
		default:
			encoded, err := json.Marshal(secret)
			if err != nil {
				c.say("secrets %s: %v", name, err)
			}
			f.secrets[name] = string(encoded)
		}
	}
	f.signIn = c.signIn(f, raw.SignIn)
}

func (c *compiler) signIn(f *File, raw rawSignIn) signIn {
	s := signIn{header: map[string]string{}, query: map[string]string{}}
	in := scope{"settings": f.settings, "secrets": f.secrets}
	for _, p := range raw.Header {
		s.header[p.name] = fmt.Sprint(c.now("sign_in", p.value, in))
	}
	for _, p := range raw.Query {
		s.query[p.name] = fmt.Sprint(c.now("sign_in", p.value, in))
	}
	return s
}

// now evaluates a value of the file that depends on no request.
func (c *compiler) now(what string, n node, in scope) any {
	value, err := c.tree(n, givenLanguage).value(in)
	if err != nil {
		c.say("%s: %v", what, err)
	}
	return value
}

// Settings returns the settings of the connection in the test.
func (f *File) Settings() map[string]any { return maps.Clone(f.settings) }

// Secrets returns the secrets of the connection in the test.
func (f *File) Secrets() map[string]string { return maps.Clone(f.secrets) }

// WrongSecrets returns secrets of the same form that the vendor does not accept. Keys that sign
// statements stay as they are.
func (f *File) WrongSecrets() map[string]string {
	wrong := maps.Clone(f.secrets)
	for name, value := range wrong {
		if !strings.Contains(value, "PRIVATE KEY") {
			wrong[name] = "wrong-" + value
		}
	}
	return wrong
}

// Permissions returns the permissions of the file.
func (f *File) Permissions() (ids []string) {
	for id := range f.permissions {
		ids = append(ids, id)
	}
	return ids
}

// Streams returns the streams of which the file expects records.
func (f *File) Streams() (names []string) {
	for name := range f.expect {
		names = append(names, name)
	}
	return names
}
