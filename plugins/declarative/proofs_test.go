package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

// TestAProofCanFail breaks the example of the catalogue, each time in another way, and expects the
// complaint of the proof that finds it.
func TestAProofCanFail(t *testing.T) {
	t.Parallel()
	const folder = "testdata/catalogue/acme/"
	for name, test := range map[string]struct {
		file, old, new string
		proof, want    string
	}{
		"a list is cut off": {"acme.connector.yaml", "paging: {token: {query: cursor, from: response.next}}", "",
			"whole", "teams: records that are missing: 13"},
		"a record too many":  {"acme.connector.yaml", "    where: item.active\n", "", "whole", "users: records that are too many: 30"},
		"a wrong total":      {"simulator.yaml", `total: "{{ total }}"`, "total: 7", "whole", "its total is 7"},
		"an unknown request": {"simulator.yaml", "path: /v1/teams/{team}/rep", "path: /v1/teams/{team}/x", "whole", "has no request for GET"},
		"a stream without expectation": {"simulator.yaml", "  teams: {list: teams, records: {t1: {name: Team 1}}}\n", "",
			"whole", "expect has no stream teams"},
		"a wrong fact":    {"acme.connector.yaml", "mfa: size(factors) > 0", "mfa: size(factors) > 1", "facts", `u1: mfa is no; want "yes"`},
		"an unknown fact": {"simulator.yaml", "u3: {last_login_at: null}", "u3: {email: null}", "facts", "want it absent"},
		"a permission that costs nothing": {"simulator.yaml", ", permission: factors.read, list", ", list", "permissions",
			"without factors.read: no record knows less"},
		"a permission that is not named": {"acme.connector.yaml", "    permissions: [teams.read]\n    path: /v1/teams\n", "    path: /v1/teams\n",
			"permissions", "without teams.read: stream teams: failed"},
		"a permission without an answer": {"simulator.yaml", "  teams.read: {answer: {error: missing_scope}}\n", "", "",
			"there is no permission"},
		"a credential that is not asked for": {"simulator.yaml", "value: \"Bearer {{ secrets.token }}\"",
			"value: Bearer wrong-acme-token-0123456789", "wrong credential", "no probe of the check says that the credential is wrong"},
		"another identity": {"simulator.yaml", "identity: auditor", "identity: other", "check", "want \"other@"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			into := t.TempDir()
			for _, file := range []string{"acme.connector.yaml", "simulator.yaml"} {
				raw, err := os.ReadFile(folder + file)
				if err != nil {
					t.Fatal(err)
				}
				text := string(raw)
				if file == test.file {
					if text = strings.Replace(text, test.old, test.new, 1); text == string(raw) {
						t.Fatalf("%s does not hold %q", file, test.old)
					}
				}
				if err := os.WriteFile(filepath.Join(into, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			e, err := exhibitOf(filepath.Join(into, "acme.connector.yaml"))
			if test.proof == "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v; want %s", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			e.Full = false
			for _, proof := range prove.Proofs() {
				if proof.Name != test.proof {
					continue
				}
				if all := strings.Join(proof.Try(t, e), "\n"); !strings.Contains(all, test.want) {
					t.Errorf("%s\nwant %s", all, test.want)
				}
			}
		})
	}
}
