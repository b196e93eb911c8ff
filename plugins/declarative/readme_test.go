package main

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
)

// aroundExample is what the examples of the README leave out.
const aroundExample = `plumbline: 1
id: acme
name: Acme
version: 0.1.0
vendor: Acme
summary: Reads Acme.
categories: [custom]
settings:
  - {name: base_url, title: Address}
  - {name: tenant, title: Tenant}
  - {name: client_id, title: Client}
  - {name: start, title: Start}
  - {name: sign_in, title: Sign-in, choices: [token, key]}
  - {name: token, title: Token, secret: true, optional: true}
  - {name: api_key, title: Key, secret: true, optional: true}
  - {name: client_secret, title: Secret, secret: true, optional: true}
  - {name: private_key, title: Private key, secret: true, optional: true}
  - {name: password, title: Password, secret: true, optional: true}
  - {name: refresh_token, title: Refresh token, secret: true, optional: true}
permissions:
  - {id: users.read, reason: Lists users.}
  - {id: factors.read, reason: Lists factors.}
network:
  - {host: "{base_url}", purpose: The API}
  - {host: login.example.com, purpose: The sign-in}
base_url: "{{ settings.base_url }}"
auth: {bearer: token}
guide: |
  Reads Acme. Takes about 1 minute.

  ## Step 1: Make a token

  Make one.

  **Expected outcome:** You hold a token.
streams:
  - {name: users, title: Users, kind: account, path: /v1/users, records: response, key: item.id,
     fields: {external_id: item.id, type: '"human"', status: '"active"'}}
`

var topKey = regexp.MustCompile(`(?m)^([a-z_]+):`)

// TestEveryExampleOfTheReadmeIsRight loads each, and has the schema take it.
func TestEveryExampleOfTheReadmeIsRight(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(raw), "```yaml\n")
	if len(parts) < 15 {
		t.Fatalf("%d examples", len(parts)-1)
	}
	compiled := languageSchema(t)
	for i, part := range parts[1:] {
		example, _, _ := strings.Cut(part, "```")
		whole := aroundExample
		for _, key := range topKey.FindAllStringSubmatch(example, -1) {
			whole = regexp.MustCompile(`(?m)^`+key[1]+`:.*\n(?:[ \n].*\n|\n)*`).ReplaceAllString(whole, "")
		}
		whole += example
		if _, err := parse(strings.NewReader(whole)); err != nil {
			t.Errorf("example %d: %v\n%s", i+1, err, example)
		}
		if err := compiled.Validate(documentOf(t, whole)); err != nil {
			t.Errorf("example %d, by the schema: %v\n%s", i+1, err, example)
		}
	}
}

// TestTheReadmeNamesEveryWord wants each key of the language in it.
func TestTheReadmeNamesEveryWord(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	var visit func(at reflect.Type)
	visit = func(at reflect.Type) {
		for at.Kind() == reflect.Pointer || at.Kind() == reflect.Slice || at.Kind() == reflect.Map {
			at = at.Elem()
		}
		if at.Kind() != reflect.Struct || !strings.HasSuffix(at.PkgPath(), "/file") {
			return
		}
		for i := range at.NumField() {
			member := at.Field(i)
			if key := member.Tag.Get("yaml"); key != "" && !keys[at.Name()+key] {
				keys[at.Name()+key] = true
				if !regexp.MustCompile("`[^`]*\\b" + key + "\\b").Match(raw) {
					t.Errorf("it does not name %s", key)
				}
				visit(member.Type)
			} else if member.Anonymous {
				visit(member.Type)
			}
		}
	}
	visit(reflect.TypeFor[file.File]())
}
