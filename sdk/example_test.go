package sdk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const exampleSchema = `{
  "type": "object",
  "additionalProperties": false,
  "required": ["token"],
  "properties": {
    "base_url": {"type": "string", "title": "Address", "format": "uri", "default": "https://api.acme.example"},
    "token": {"type": "string", "title": "API token", "writeOnly": true, "minLength": 1}
  }
}`

const exampleGuide = `Reads who has an account in Acme. Takes about 5 minutes.

## Step 1: Create a token
Open **Settings**, then **API**, and create a token with the scope ` + "`users.read`" + `.

**Expected outcome:** You have a token.
`

// New returns a complete connector: identity, settings, guide, one stream.
func New() *sdk.Connector {
	return &sdk.Connector{
		ID: "acme", Name: "Acme", Version: "1.0.0", Vendor: "Acme, Inc.",
		Summary:      "Reads who has an account in Acme.",
		Categories:   []string{"user_access_review"},
		ConfigSchema: []byte(exampleSchema), // usually //go:embed config.json
		Guide:        exampleGuide,          // usually //go:embed guide.md
		Permissions:  []sdk.Permission{{ID: "users.read", Reason: "Lists the users.", Streams: []string{"users"}}},
		Network:      []sdk.NetworkHost{{Host: "api.acme.example", Purpose: "Acme's API"}},
		Streams: []sdk.Stream{{
			Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{"users.read"}, Read: readUsers,
		}},
	}
}

// readUsers reads a list of numbered pages. It returns every error unchanged: the client has
// already tried again where that can help, and its errors have a code and a remedy.
func readUsers(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	var settings struct {
		BaseURL string `json:"base_url"`
	}
	if err := s.Settings(&settings); err != nil {
		return err
	}
	client, err := s.HTTP(sdk.HTTPOptions{BaseURL: settings.BaseURL,
		SecretHeader: map[string]sdk.Secret{"Authorization": s.Secret("token").Bearer()}})
	if err != nil {
		return err
	}
	list := sdk.Listing{
		Name: "users",
		Page: func(ctx context.Context, at sdk.Place) (sdk.ListPage, error) {
			var body struct {
				Users []json.RawMessage `json:"users"`
				Total *int              `json:"total"`
			}
			_, err := client.GetJSON(ctx, "/v1/users", url.Values{"page": {strconv.Itoa(at.Page)}}, &body)
			return sdk.ListPage{Rows: body.Users, Total: body.Total}, err
		},
		Key: func(row json.RawMessage) string { return userOf(row).ID },
		Put: func(row json.RawMessage) error {
			u := userOf(row)
			return out.Put(u.ID, kind.Account{ExternalID: u.ID, Email: u.Email, Type: "human", MFA: kind.TriFrom(u.MFA), Vendor: row})
		},
	}
	return list.Read(ctx, out)
}

// user is a user of Acme. MFA is nil if Acme does not return it.
type user struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	MFA   *bool  `json:"mfa"`
}

func userOf(row json.RawMessage) (u user) {
	_ = json.Unmarshal(row, &u) // an invalid row gives an empty ID, which Put refuses
	return u
}

// A connector program is one call: func main() { sdk.Serve(New()) }.
func ExampleServe() {
	fmt.Println(New().Validate())
	// Output: <nil>
}
