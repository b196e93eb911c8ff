package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/replay"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const (
	production = "/subscriptions/20ff7fc3-e762-44dd-bd96-000000000001"
	staging    = "/subscriptions/20ff7fc3-e762-44dd-bd96-000000000002"
)

// simulated returns a bench that reaches the vendor of simulator.yaml with faults, and the input of a run.
func simulated(t *testing.T, faults ...sdktest.Fault) (*sdktest.Bench, sdktest.Input) {
	t.Helper()
	file, err := vendor.Load("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	v := sdktest.NewVendor(t, file.New(vendor.Mode{Small: true}))
	v.Fail(faults...)
	bench := sdktest.NewBench(t, New())
	bench.Reach(t, v)
	return bench, sdktest.Input{Settings: maps.Clone(file.Settings()), Secrets: file.Secrets()}
}

// answer is an answer of Azure instead of the simulated one.
func answer(path string, status int, body string) sdktest.Fault {
	return sdktest.Fault{Path: path, Status: status, Body: body}
}

// refusal is the answer of Azure to an application without a role.
func refusal(path, action string) sdktest.Fault {
	scope, _, _ := strings.Cut(path, "/providers")
	return sdktest.Fault{Path: path, Status: 403, Body: fmt.Sprintf(`{"error":{"code":"AuthorizationFailed","message":"The client 'c0ffee' `+
		`with object id 'c0ffee' does not have authorization to perform action '%s' over scope '%s' or the scope is invalid. `+
		`If access was recently granted, please refresh your credentials."}}`, action, scope)}
}

// TestASubscriptionThatRefuses checks that one subscription costs itself only, and is named in Azure's words.
func TestASubscriptionThatRefuses(t *testing.T) {
	t.Parallel()
	const licence = sdk.CodePermissionLicence
	const odd = sdk.CodeUpstreamInvalidResponse
	const gap = "storage accounts of subscription production (20ff7fc3-e762-44dd-bd96-000000000001)"
	storage := production + "/providers/Microsoft.Storage"
	unregistered := func(status int, code string) sdktest.Fault {
		return sdktest.Fault{Path: storage, Status: status, Body: `{"error":{"code":"` + code + `","message":` +
			`"The subscription is not registered to use namespace 'Microsoft.Storage'. See https://aka.ms/rps-not-found."}}`}
	}
	tests := map[string]struct {
		fault                 sdktest.Fault
		code, message, remedy string
	}{
		"no role": {
			refusal(storage, "Microsoft.Storage/storageAccounts/read"), sdk.CodePermissionMissing,
			"Microsoft.Storage/storageAccounts/read on " + production, "Assign the role Reader on " + production,
		},
		"not registered":         {unregistered(409, "MissingSubscriptionRegistration"), licence, "Microsoft.Storage", "Register"},
		"not registered, a word": {unregistered(400, "SubscriptionNotRegistered"), licence, "Microsoft.Storage", "Register"},
		"it is gone": {
			answer(storage, 404, `{"error":{"code":"SubscriptionNotFound","message":"gone"}}`), sdk.CodeNotFoundEndpoint, "gone", "Check the id",
		},
		"it fails":   {sdktest.Fault{Path: storage, Status: 500}, sdk.CodeUpstream5xx, "500", ""},
		"a web page": {answer(storage, 200, "<html>"), odd, "web page", ""},
		"no list":    {answer(storage, 200, `{"error":null}`), odd, "no list", ""},
		"without the envelope": {answer(storage, 403, `{"code":"AuthorizationFailed","message":"no"}`), sdk.CodePermissionMissing,
			"no", "Reader"},
		"next page on other host": {answer(storage, 200, `{"value":[],"nextLink":"https://evil.example/"}`), odd, "another host", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bench, in := simulated(t, tt.fault)
			in.Streams = []string{"storage_accounts"}
			s := bench.Sync(t, in).Streams["storage_accounts"]
			if s.Result != "complete_with_gaps" || len(s.Records) != 15 || len(s.Gaps) != 1 || len(s.Removed) > 0 {
				t.Errorf("got %s with %d records and gaps %v (%v), want 15 records of three subscriptions and one gap",
					s.Result, len(s.Records), s.Gaps, s.Err)
			}
			e := s.Gaps[gap]
			if e == nil || e.Code != tt.code || !strings.Contains(e.Message, tt.message) || !strings.Contains(e.Remedy, tt.remedy) {
				t.Errorf("the gap is %+v, want %s with %q and the remedy %q", e, tt.code, tt.message, tt.remedy)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const gaps = "complete_with_gaps"
	server := production + "/resourceGroups/rg1/providers/Microsoft.Sql/servers/sql-ledger-1"
	throttled := map[string]string{"Retry-After": "17", "X-Ms-Ratelimit-Remaining-Subscription-Reads": "0"}
	gone := func(path string) sdktest.Fault {
		return answer(path, 404, `{"error":{"code":"ResourceNotFound","message":"gone"}}`)
	}
	tests := map[string]struct {
		fault   sdktest.Fault
		stream  string
		result  string
		code    string
		records int
	}{
		"a token that ran out": {sdktest.Fault{Path: "/subscriptions", Status: 401, Times: 1}, "key_vaults", "complete", "", 20},
		"no token is taken":    {sdktest.Fault{Path: "/subscriptions", Status: 401}, "key_vaults", "failed", "auth.invalid", 0},
		"429 with a time": {sdktest.Fault{Path: "/subscriptions", Status: 429, Times: 2, Header: throttled}, "key_vaults", "complete",
			"", 20},
		"429 without a time":       {sdktest.Fault{Path: "/subscriptions", Status: 429, Times: 2}, "key_vaults", "complete", "", 20},
		"429 for ever in one":      {sdktest.Fault{Path: staging, Status: 429}, "key_vaults", gaps, "", 15},
		"500 twice":                {sdktest.Fault{Path: staging, Status: 500, Times: 2}, "key_vaults", "complete", "", 20},
		"a cut page":               {sdktest.Fault{Path: staging, Break: true, Times: 1}, "key_vaults", "complete", "", 20},
		"no subscription":          {answer("/subscriptions", 200, `{"value":[]}`), "key_vaults", "failed", "permission.missing", 0},
		"subscriptions fail":       {sdktest.Fault{Path: "/subscriptions", Status: 503}, "key_vaults", "failed", "upstream.5xx", 0},
		"a server is gone":         {gone(server), "sql_servers", "complete", "", 36},
		"auditing fails":           {sdktest.Fault{Path: server + "/auditing", Status: 500}, "sql_servers", gaps, "", 40},
		"firewall is forbidden":    {refusal(server+"/firewallRules", "Microsoft.Sql/servers/firewallRules/read"), "sql_servers", gaps, "", 40},
		"databases fail":           {sdktest.Fault{Path: server + "/databases", Status: 500}, "sql_servers", gaps, "", 39},
		"a database is gone":       {gone(server + "/databases/ledger-1"), "sql_servers", "complete", "", 39},
		"descriptions fail":        {answer(production+"/providers/Microsoft.Security/assessmentMetadata", 500, ""), "assessments", gaps, "", 20},
		"role definitions fail":    {answer(production+"/providers/Microsoft.Authorization/roleDef", 500, ""), "access", gaps, "", 5},
		"role assignments refused": {refusal(production+"/providers/Microsoft.Authorization/roleAssignments", "x"), "access", gaps, "", 5},
		"names are forbidden":      {sdktest.Fault{Path: "/v1.0", Status: 403}, "access", "complete", "", 5},
		"names fail":               {sdktest.Fault{Path: "/v1.0", Status: 500}, "access", gaps, "", 5},
		"names are no list":        {answer("/v1.0", 200, `{}`), "access", gaps, "", 5},
		"items of an odd shape": {answer(production+"/providers/Microsoft.KeyVault", 200, `{"value":[7,{"name":"x"}]}`),
			"key_vaults", gaps, "", 15},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bench, in := simulated(t, tt.fault)
			in.Streams = []string{tt.stream}
			out := bench.Sync(t, in)
			s, code := out.Streams[tt.stream], ""
			if s.Err != nil {
				code = s.Err.Code
			}
			if s.Result != tt.result || code != tt.code || len(s.Records) != tt.records || len(s.Removed) > 0 {
				t.Errorf("got %s %q with %d records and gaps %v (%v); want %s %q with %d",
					s.Result, code, len(s.Records), s.Gaps, s.Err, tt.result, tt.code, tt.records)
			}
			if tt.fault.Header != nil && !slices.Contains(bench.Waits(), 17*time.Second) {
				t.Errorf("waits are %v, want one of 17 s", bench.Waits())
			}
			out.Conceals(t, "azure-secret", "eyJ0eXA", "graph-token")
		})
	}
}

func TestNamedSubscriptions(t *testing.T) {
	t.Parallel()
	named := `{"subscriptionId":"20ff7fc3-e762-44dd-bd96-000000000002","displayName":"Staging","state":"Enabled"}`
	bench, in := simulated(t,
		sdktest.Fault{Path: staging, Status: 200, Body: named, Only: func(q replay.Request) bool { return q.URL.Path == staging }},
		sdktest.Fault{Path: "/subscriptions/20ff7fc3-e762-44dd-bd96-00000000000f", Status: 404,
			Body: `{"error":{"code":"SubscriptionNotFound","message":"The subscription '20ff' could not be found."}}`})
	in.Streams = []string{"key_vaults"}
	in.Settings.(map[string]any)["subscriptions"] = []string{
		"20ff7fc3-e762-44dd-bd96-000000000002", "20ff7fc3-e762-44dd-bd96-00000000000f",
	}
	s := bench.Sync(t, in).Streams["key_vaults"]
	gap := s.Gaps["subscription 20ff7fc3-e762-44dd-bd96-00000000000f"]
	if s.Result != "complete_with_gaps" || len(s.Records) != 5 || gap == nil || gap.Code != sdk.CodeNotFoundEndpoint {
		t.Errorf("got %s with %d records and gaps %v (%v), want 5 records and a gap", s.Result, len(s.Records), s.Gaps, s.Err)
	}
}

// TestGateway checks that every request goes to the gateway of the settings, next pages included.
func TestGateway(t *testing.T) {
	t.Parallel()
	file, err := vendor.Load("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	v := sdktest.NewVendor(t, file.New(vendor.Mode{Small: true}))
	v.Fail(sdktest.Fault{Path: "/subscriptions", Edit: func(_ replay.Request, body []byte) []byte { // Azure does not know the gateway
		return []byte(strings.ReplaceAll(string(body), v.URL, "https://management.azure.com"))
	}})
	settings := maps.Clone(file.Settings())
	settings["base_url"] = v.URL
	out := sdktest.NewBench(t, New()).Sync(t, sdktest.Input{Settings: settings, Secrets: file.Secrets()})
	pages := 0
	for _, r := range v.Requests() {
		if strings.Contains(r.URL, "skip") {
			pages++
		}
	}
	for name, s := range out.Streams {
		if s.Result != "complete" {
			t.Errorf("%s is %s: %v, %v", name, s.Result, s.Err, s.Gaps)
		}
	}
	if pages == 0 {
		t.Error("no next page was read")
	}
}

// TestAccessWithoutRoles checks that nothing is said of the roles of a principal when one of them is not known.
func TestAccessWithoutRoles(t *testing.T) {
	t.Parallel()
	bench, in := simulated(t, sdktest.Fault{Path: "/subscriptions", Status: 500,
		Only: func(q replay.Request) bool { return strings.HasSuffix(q.URL.Path, "/roleDefinitions") }})
	in.Streams = []string{"access"}
	for key, raw := range bench.Sync(t, in).Streams["access"].Records {
		var account kind.Account
		if err := json.Unmarshal(raw, &account); err != nil || account.Roles != nil || account.Admin != kind.Unknown ||
			account.MFA != kind.Unknown {
			t.Errorf("%s is %s (%v), want no roles and everything unknown", key, raw, err)
		}
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		actions, notActions []text
		grants, writes      bool
	}{
		"Owner":                     {[]text{"*"}, nil, true, true},
		"Contributor":               {[]text{"*"}, []text{"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"}, false, true},
		"Reader":                    {[]text{"*/read"}, nil, false, false},
		"User Access Administrator": {[]text{"*/read", "Microsoft.Authorization/*"}, nil, true, true},
		"of the company":            {[]text{"microsoft.authorization/roleassignments/WRITE"}, nil, true, true},
		"nothing":                   {nil, nil, false, false},
	}
	for name, tt := range tests {
		var r role
		raw, err := json.Marshal(map[string]any{"properties": map[string]any{
			"permissions": []any{map[string]any{"actions": tt.actions, "notActions": tt.notActions}},
		}})
		if err != nil || json.Unmarshal(raw, &r) != nil {
			t.Fatal(err)
		}
		if r.allows(grantsAccess) != tt.grants || r.writes() != tt.writes {
			t.Errorf("%s: may grant %v, may write %v; want %v, %v", name, r.allows(grantsAccess), r.writes(), tt.grants, tt.writes)
		}
	}
}

// TestVaults checks what the settings of the network say of a key vault.
func TestVaults(t *testing.T) {
	t.Parallel()
	for properties, want := range map[string]string{
		`{"publicNetworkAccess":"Enabled","networkAcls":{"defaultAction":"Allow"}}`: "yes",
		`{"publicNetworkAccess":"enabled","networkAcls":{"defaultAction":"Deny"}}`:  "no",
		`{"publicNetworkAccess":"Disabled"}`:                                        "no",
		`{"publicNetworkAccess":"Enabled"}`:                                         "unknown",
		`{"networkAcls":{"defaultAction":"Allow"}}`:                                 "unknown",
	} {
		vault := `{"value":[{"id":"/v","name":"v","type":"Microsoft.KeyVault/vaults","properties":` + properties + `}]}`
		bench, in := simulated(t, answer(production+"/providers/Microsoft.KeyVault", 200, vault))
		in.Streams = []string{"key_vaults"}
		var r kind.Resource
		if err := json.Unmarshal(bench.Sync(t, in).Streams["key_vaults"].Records["/v"], &r); err != nil || r.Public.String() != want {
			t.Errorf("%s is public: %v (%v), want %s", properties, r.Public, err, want)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	for scope, want := range map[text]bool{
		"/": true, "": true, "/subscriptions/1": true, "/Subscriptions/1/": true, "/providers/Microsoft.Management/managementGroups/a": true,
		"/subscriptions/1/resourceGroups/rg": false, "/subscriptions/1/resourcegroups/rg/providers/a/b/c": false,
	} {
		var a assignment
		a.Properties.Scope = scope
		if a.aboveResources() != want {
			t.Errorf("%q holds for a whole subscription: %v, want %v", scope, a.aboveResources(), want)
		}
	}
}

func TestOpenToWorld(t *testing.T) {
	t.Parallel()
	rule := func(priority int, access, source, protocol, port string) string {
		return fmt.Sprintf(`{"properties":{"priority":%d,"access":%q,"direction":"Inbound","sourceAddressPrefix":%q,"protocol":%q,`+
			`"sourcePortRange":"*","destinationAddressPrefix":"*","destinationPortRange":%q}}`, priority, access, source, protocol, port)
	}
	tests := map[string]struct {
		rules string
		want  kind.Tri
	}{
		"no list":              {`null`, kind.Unknown},
		"no rule":              {`[]`, kind.No},
		"everybody":            {`[` + rule(100, "Allow", "*", "Tcp", "22") + `]`, kind.Yes},
		"the internet":         {`[` + rule(100, "Allow", "Internet", "*", "*") + `]`, kind.Yes},
		"IPv6":                 {`[` + rule(100, "Allow", "::/0", "*", "*") + `]`, kind.Yes},
		"half of the internet": {`[` + rule(100, "Allow", "128.0.0.0/1", "*", "*") + `]`, kind.Yes},
		"one network":          {`[` + rule(100, "Allow", "10.0.0.0/8", "*", "*") + `]`, kind.No},
		"a service":            {`[` + rule(100, "Allow", "AzureCloud", "*", "*") + `]`, kind.No},
		"refused before":       {`[` + rule(200, "Allow", "*", "Tcp", "22") + `,` + rule(100, "Deny", "*", "*", "*") + `]`, kind.No},
		"the port is refused before": {
			`[` + rule(200, "Allow", "*", "Tcp", "22") + `,` + rule(100, "Deny", "Internet", "Tcp", "20-30") + `]`, kind.No,
		},
		"another port is refused": {`[` + rule(200, "Allow", "*", "Tcp", "22") + `,` + rule(100, "Deny", "*", "Tcp", "23") + `]`, kind.Yes},
		"another protocol":        {`[` + rule(200, "Allow", "*", "*", "22") + `,` + rule(100, "Deny", "*", "Tcp", "22") + `]`, kind.Yes},
		"refused after":           {`[` + rule(100, "Allow", "*", "Tcp", "22") + `,` + rule(200, "Deny", "*", "*", "*") + `]`, kind.Yes},
		"only others are refused": {
			`[` + rule(200, "Allow", "*", "Tcp", "22") + `,` + rule(100, "Deny", "10.0.0.0/8", "*", "*") + `]`, kind.Yes,
		},
		"outbound": {strings.ReplaceAll(`[`+rule(100, "Allow", "*", "*", "*")+`]`, "Inbound", "Outbound"), kind.No},
		"several sources": {`[{"properties":{"priority":1,"access":"Allow","direction":"Inbound","protocol":"*",
			"sourceAddressPrefixes":["10.0.0.0/8","0.0.0.0/0"],"destinationPortRanges":["80"]}}]`, kind.Yes},
	}
	for name, tt := range tests {
		var rules []securityRule
		if err := json.Unmarshal([]byte(tt.rules), &rules); err != nil {
			t.Fatal(err)
		}
		if got := openToWorld(rules); got != tt.want {
			t.Errorf("%s: open to the world is %v, want %v", name, got, tt.want)
		}
	}
}

func TestFirewallRanges(t *testing.T) {
	t.Parallel()
	for r, want := range map[[2]string]bool{
		{"0.0.0.0", "255.255.255.255"}: true, {"0.0.0.1", "255.255.255.254"}: true, {"0.0.0.0", "0.0.0.0"}: false,
		{"198.51.100.1", "198.51.100.9"}: false, {"", ""}: false, {"::", "::ffff"}: false,
	} {
		if got := spansInternet(r[0], r[1]); got != want {
			t.Errorf("%v has nearly all addresses: %v, want %v", r, got, want)
		}
	}
}

func TestSecondSyncIsEqual(t *testing.T) {
	t.Parallel()
	bench, in := simulated(t)
	first := bench.Sync(t, in)
	bench, in = simulated(t, sdktest.Fault{Edit: func(_ replay.Request, body []byte) []byte { // a day later
		return []byte(strings.NewReplacer("2026-10-23T18:", "2026-10-24T18:", "2026-10-30T00:", "2026-10-31T00:", `W/\"1\"`, `W/\"2\"`,
			`W/\"00000000`, `W/\"00000001`).Replace(string(body)))
	}})
	second := bench.Sync(t, in)
	prove.Same(t, first, second)
}

func TestSignInIsRefused(t *testing.T) {
	t.Parallel()
	const login = "/72f988bf-86f1-41af-91ab-2d7cd011db47"
	for name, tt := range map[string]struct {
		status     int
		body, code string
	}{
		"wrong secret": {401, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}`,
			"auth.invalid"},
		"unknown client":     {400, `{"error":"unauthorized_client","error_description":"AADSTS700016: Application not found."}`, "auth.invalid"},
		"unknown tenant":     {400, `{"error":"invalid_request","error_description":"AADSTS90002: Tenant not found."}`, "config.invalid"},
		"sign-in is failing": {503, `{"error":"temporarily_unavailable","error_description":"AADSTS90033"}`, "upstream.maintenance"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bench, in := simulated(t, sdktest.Fault{Path: login, Status: tt.status, Body: tt.body})
			err := bench.Sync(t, in).Streams["subscriptions"].Err
			if err == nil || err.Code != tt.code || !strings.Contains(err.Message, "AADSTS") {
				t.Errorf("ended with %+v, want %s with Microsoft's words", err, tt.code)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	owner := sdktest.Fault{
		Path: staging + "/providers/Microsoft.Authorization/roleAssignments", Status: 200,
		Body: `{"value":[{"id":"/a","properties":{"roleDefinitionId":"/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635","scope":"` + staging + `"}}]}`,
	}
	opaque := sdktest.Fault{Path: "/72f988bf", Edit: func(_ replay.Request, body []byte) []byte {
		return []byte(strings.ReplaceAll(string(body), "eyJvaWQiOiJjMGZmZWUwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEifQ", "opaque"))
	}}
	tests := map[string]struct {
		fault sdktest.Fault
		want  []string
		says  string
	}{
		"fine":               {sdktest.Fault{Path: "/none", Times: 1}, []string{"authenticate ok", "reader ok", "directory ok"}, ""},
		"an owner":           {owner, []string{"authenticate ok", "reader too_broad", "directory ok"}, "Owner in staging"},
		"no names":           {sdktest.Fault{Path: "/v1.0", Status: 403}, []string{"authenticate ok", "reader ok", "directory missing"}, ""},
		"a token without id": {opaque, []string{"authenticate ok", "reader failed", "directory ok"}, ""}, // the simulator does not know it
		"one refuses": {refusal(staging+"/providers/Microsoft.Authorization", "x/read"),
			[]string{"authenticate ok", "reader missing", "directory ok"}, "x/read on " + staging},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bench, in := simulated(t, tt.fault)
			probes, _ := bench.Check(t, in)
			var messages []string
			for _, p := range probes {
				messages = append(messages, p.Message)
			}
			if diff := cmp.Diff(append([]string{"settings ok", "reach ok", "tls ok"}, tt.want...), sdktest.States(probes)); diff != "" {
				t.Errorf("probes (-want +got):\n%s", diff)
			}
			if !strings.Contains(strings.Join(messages, "\n"), tt.says) {
				t.Errorf("the check says %q, want it to say %q", messages, tt.says)
			}
		})
	}
}
