package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// fieldsIn returns the members of a record without the vendor's document.
func fieldsIn(t *testing.T, doc json.RawMessage) map[string]string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(doc, &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, value := range all {
		if text, ok := value.(string); ok {
			got[name] = text
		}
	}
	return got
}

// TestCredentialReport reads AWS's report, which has words instead of some times.
func TestCredentialReport(t *testing.T) {
	t.Parallel()
	text := `user,created,password_enabled,password_last_used,password_last_changed,mfa_active
<root_account>,2020-01-02T03:04:05+00:00,not_supported,no_information,not_supported,true
ann,2021-01-02T03:04:05+00:00,true,2026-11-01T10:00:00+00:00,2026-01-01T10:00:00+00:00,true
robot,2021-01-02T03:04:05+00:00,false,N/A,N/A,false
newbie,2026-11-02T03:04:05+00:00,true,no_information,2026-11-02T03:04:05+00:00,false`
	s := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, text), map[string]any{"key": []string{"user"}, "columns": []string{
		"user = username", "created = created_at", "password_last_used = last_login_at", "password_last_changed = password_changed_at",
		"mfa_active = mfa",
	}})).Streams["account"]
	if s.Result != "complete" || len(s.Records) != 4 {
		t.Fatalf("got %s with %v and gaps %v, want complete with 4", s.Result, s.Keys, s.Gaps)
	}
	want := map[string]string{"external_id": "newbie", "username": "newbie", "created_at": "2026-11-02T03:04:05Z",
		"password_changed_at": "2026-11-02T03:04:05Z",
		"mfa":                 "no", "admin": "unknown", "status": "unknown", "type": "unknown"}
	if diff := cmp.Diff(want, fieldsIn(t, s.Records["newbie"])); diff != "" {
		t.Errorf("newbie (-want +got):\n%s", diff)
	}
	if at := fieldsIn(t, s.Records["ann"])["last_login_at"]; at != "2026-11-01T10:00:00Z" {
		t.Errorf("ann signed in at %q", at)
	}
}

// TestValueMap reads an export of users in the form of Entra.
func TestValueMap(t *testing.T) {
	t.Parallel()
	text := "userPrincipalName,accountEnabled,userType,createdDateTime\na@example.test,True,Member,2020-01-01T00:00:00Z\n" +
		"b@example.test,False,Guest,2020-01-01T00:00:00Z\nc@example.test,,Robot,\n"
	settings := map[string]any{"key": []string{"userPrincipalName"}, "columns": []string{
		"userPrincipalName = username", "userPrincipalName = email", "accountEnabled = status", "userType = type",
		"createdDateTime = created_at"}}
	values := []string{"status: true = active", "status: False=suspended", "status: = deprovisioned", "type: Member = human",
		"type: guest = external", "type: * = unknown"}
	read := func(values []string) *sdktest.Stream {
		settings := maps.Clone(settings)
		settings["values"] = values
		return sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, text), settings)).Streams["account"]
	}
	s := read(values)
	var got []string
	for _, key := range s.Keys {
		f := fieldsIn(t, s.Records[key])
		got = append(got, f["email"]+" "+f["status"]+" "+f["type"])
	}
	want := []string{"a@example.test active human", "b@example.test suspended external", "c@example.test deprovisioned unknown"}
	if diff := cmp.Diff(want, got); diff != "" || s.Result != "complete" {
		t.Errorf("%s (-want +got):\n%s", s.Result, diff)
	}
	// Without a map the usual words count, and yes and no by the header of their column.
	s = read([]string{})
	got = nil
	for _, key := range s.Keys {
		f := fieldsIn(t, s.Records[key])
		got = append(got, f["email"]+" "+f["status"]+" "+f["type"])
	}
	want = []string{"a@example.test active human", "b@example.test suspended external", "c@example.test unknown bot"}
	if diff := cmp.Diff(want, got); diff != "" || s.Result != "complete" {
		t.Errorf("without values: %s (-want +got):\n%s", s.Result, diff)
	}
}

// TestValuesWithoutUsualMeaning reads a header that does not say what yes means, and a word that is not usual. Both are
// gaps.
func TestValuesWithoutUsualMeaning(t *testing.T) {
	t.Parallel()
	text := "id,synced,kind of user\n1,True,Member\n2,,Alien\n"
	in := settingsOf(write(t, text), map[string]any{"columns": []string{"synced = status", "kind of user = type"}})
	s := sdktest.NewBench(t, New()).Sync(t, in).Streams["account"]
	if s.Result != "complete_with_gaps" || len(s.Records) != 2 || s.Gaps[`line 3, column "kind of user"`] == nil {
		t.Errorf("with odd words: %s with %v and %v", s.Result, s.Keys, s.Gaps)
	}
	gap := s.Gaps[`line 2, column "synced"`]
	if gap == nil || gap.Fault != sdk.FaultCustomer ||
		!strings.Contains(gap.Remedy, `Enter its meaning in the setting "Values", with a line such as "status: True = WORD"`) {
		t.Errorf("the gap is %+v", gap)
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	const gap = "gap"
	tests := map[string]map[string]string{ // form: text: moment, "" for none
		mapping.FormISO: {
			"2026-03-01": "2026-03-01T00:00:00Z", "2026-03-01T12:00:00.1234567Z": "2026-03-01T12:00:00.1234567Z",
			"2026-03-01T12:00:00+02:00": "2026-03-01T10:00:00Z",
			"2026-03-01 12:00:00 UTC":   "2026-03-01T12:00:00Z", "2026-03-01 12:00:00Z": "2026-03-01T12:00:00Z",
			"2026-03-01 12:00 GMT":      "2026-03-01T12:00:00Z",
			"2026-03-01 12:00:00 +0100": "2026-03-01T11:00:00Z", "2026-03-01 12:00:00 +0000 UTC": "2026-03-01T12:00:00Z",
			"2026/03/01 1:05 PM":       "2026-03-01T13:05:00Z",
			"Mar 1, 2026, 12:30:00 AM": "2026-03-01T00:30:00Z", "1 March 2026": "2026-03-01T00:00:00Z", "01-Mar-2026 08:00": "2026-03-01T08:00:00Z",
			"20260301":                      "2026-03-01T00:00:00Z",
			"Sun, 01 Mar 2026 12:00:00 GMT": "2026-03-01T12:00:00Z", "Sun Mar  1 12:00:00 UTC 2026": "2026-03-01T12:00:00Z",
			"Sun Mar 01 2026 12:00:00 GMT+0100 (Central European Standard Time)": "2026-03-01T11:00:00Z",
			"31.12.2025": "2025-12-31T00:00:00Z", "12/31/2025": "2025-12-31T00:00:00Z", "05/05/2026": "2026-05-05T00:00:00Z",
			"03/04/2026": gap, "03.04.2026": gap, "3/4/26": gap, "26-03-01": gap, "46082": gap, "1772366400": gap, "yesterday": gap, "2026": gap,
			"2026-13-01": gap, "12:00": gap, "2026-03-01 12:00:00 PST": gap, "2026-03-01 25:00": gap,
		},
		mapping.FormUS: {"03/04/2026": "2026-03-04T00:00:00Z", "3/4/26 2:05 PM": "2026-03-04T14:05:00Z", "03-04-2026": "2026-03-04T00:00:00Z",
			"2026-03-01": "2026-03-01T00:00:00Z", "31/12/2025": gap},
		mapping.FormEU: {"03/04/2026": "2026-04-03T00:00:00Z", "31.12.2025 08:30": "2025-12-31T08:30:00Z", "3.4.26": "2026-04-03T00:00:00Z",
			"12/31/2025": gap},
		mapping.FormExcel: {"46082": "2026-03-01T00:00:00Z", "46082.25": "2026-03-01T06:00:00Z", "2026-03-01": "2026-03-01T00:00:00Z", "0": "",
			"-1":  gap,
			"1e9": gap, "03/04/2026": gap},
		mapping.FormUnix: {"1772366400": "2026-03-01T12:00:00Z", "1772366400123": "2026-03-01T12:00:00.123Z", "0": "", "-5": gap, "1e300": gap,
			"20260301": "1970-08-23T11:51:41Z"},
	}
	for _, word := range []string{"never", "Never signed in", "-", "--", "–", "N/A", "n/a", "#N/A", "no_information", "not_supported", "None",
		"NULL", "(never)", "Not available", "unknown", "?", "no",
		"0000-00-00", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "1/1/0001 12:00:00 AM", "1601-01-01T00:00:00Z", "1970-01-01 00:00:00", "0",
		" "} {
		tests[mapping.FormISO][word] = ""
	}
	for form, cases := range tests {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			for text, want := range cases {
				s := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, "id,seen\n1,\""+text+"\"\n"), map[string]any{
					"columns": []string{"seen = last_login_at"}, "date_columns": []string{"seen = " + form}, "dates": "iso",
				})).Streams["account"]
				got := gap
				if len(s.Records) != 1 {
					t.Errorf("%q cost the row: %v", text, s.Gaps)
				} else if len(s.Gaps) == 0 {
					got = fieldsIn(t, s.Records["1"])["last_login_at"]
				}
				if got != want {
					t.Errorf("%q is %q, want %q (%v)", text, got, want, s.Gaps)
				}
			}
		})
	}
}

// TestCutOff checks that a file that was cut off is detected, and that a complete file without a last line
// break is accepted.
func TestCutOff(t *testing.T) {
	t.Parallel()
	list := func(last string, rows ...string) string {
		return "id,email,last\n" + strings.Join(rows, "\n") + "\n" + last
	}
	users := []string{"0,u0@x.test,User 0", "1,u1@x.test,User 1", "2,u2@x.test,User 2", "3,u3@x.test,User 3"}
	dates := []string{"0,u0@x.test,2026-01-05", "1,u1@x.test,2026-02-05", "2,u2@x.test,2026-03-05", "3,u3@x.test,2026-04-05"}
	mails := []string{"0,x,u0@x.test", "1,x,u1@x.test", "2,x,u2@y.test", "3,x,u3@x.test"}
	words := []string{"0,x,active", "1,x,active", "2,x,active", "3,x,suspended"}
	counts := []string{"0,x,10", "1,x,12", "2,x,31", "3,x,44"}
	tests := map[string]struct {
		text   string
		ending string
		says   string // "" when the read is complete
	}{
		"the beginning of another value": {list("4,u4@x.test,Use", users...), endingAuto,
			`the last value, "Use", is the beginning of "User 0" in another row`},
		"nothing where all have some": {list("4,u4@x.test,", users...), endingAuto, "is empty, as in no other row"},
		"half a date":                 {list("4,u4@x.test,2026-0", dates...), endingAuto, "ends earlier than the value of every other row"},
		"half a date of its own":      {list("4,u4@x.test,2025-12-1", dates...), endingAuto, "is shorter than the value of every other row"},
		"half an address":             {list("4,x,u4@x", mails...), endingAuto, "ends earlier than the value of every other row"},
		"half a word":                 {list("4,x,activ", words...), endingAuto, "is the beginning of"},
		"in an earlier column":        {list("4,u4@x", users...), endingAuto, "its last row has 2 columns and not 3"},
		"in quotes":                   {list(`4,u4@x.test,"User`, users...), endingAuto, "inside a value in quotes"},
		"a whole last row":            {list("4,u4@x.test,User 4", users...), endingAuto, ""},
		"a whole date":                {list("4,u4@x.test,2025-12-11", dates...), endingAuto, ""},
		"another word":                {list("4,x,deprovisioned", words...), endingAuto, ""},
		"a smaller number":            {list("4,x,1", counts...), endingAuto, ""},
		"a word in quotes":            {list(`4,x,"act"`, words...), endingAuto, ""},
		"one row":                     {"id,email,last\n4,x,", endingAuto, ""},
		"a line break follows":        {list("4,u4@x.test,Use\n", users...), endingAuto, ""},
		"a line break is the rule":    {list("4,u4@x.test,User 4", users...), endingBreak, "no line break follows its last row"},
		"the rule is kept":            {list("4,u4@x.test,Use\r", users...), endingBreak, ""},
		"anything goes":               {list("4,u4@x.test,Use", users...), endingAny, ""},
		"a short row never goes":      {list("4,u4@x", users...), endingAny, "its last row has 2 columns and not 3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, tt.text), map[string]any{"ending": tt.ending})).Streams["account"]
			if whole := tt.says == ""; whole != (s.Result == "complete") || whole != (s.Records["4"] != nil) {
				t.Errorf("got %s with %v and gaps %v", s.Result, s.Keys, s.Gaps)
			}
			if gap := s.Gaps["line "+fmt.Sprint(strings.Count(tt.text, "\n")+1)]; tt.says != "" &&
				(gap == nil || !strings.Contains(gap.Message, tt.says) || !strings.Contains(gap.Remedy, "Export ")) {
				t.Errorf("the gap is %+v of %v, want it to say %q", gap, s.Gaps, tt.says)
			}
		})
	}
}

// TestOversizedCell checks that a cell above any of the limits costs only its row.
func TestOversizedCell(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"record": sdk.MaxRecordBytes, "record of the host": sdk.MaxRecordBytes + 1000,
		"row": maxRowBytes + 1, "many rows": 40 * maxRowBytes} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, quote := range []string{"", `"`} {
				text := "id,note,name\n1,x,Ann\n2," + quote + strings.Repeat("n", size) + quote + ",Bob\n3,y,Eve\n"
				s := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, text), nil)).Streams["account"]
				gap := s.Gaps["line 3"]
				if s.Result != "complete_with_gaps" || !slices.Equal(s.Keys, []string{"1", "3"}) || len(s.Gaps) != 1 || gap == nil {
					t.Fatalf("got %s (%v) with %v and gaps %v", s.Result, s.Err, s.Keys, s.Gaps)
				}
				if gap.Code != sdk.CodeLimitRecordTooLarge || gap.Fault != sdk.FaultCustomer ||
					!strings.Contains(gap.Remedy, `line 3, column "note" of /`) {
					t.Errorf("the gap is %+v", gap)
				}
			}
		})
	}
}

// TestGapsAreBounded checks that each bad row and cell is counted once, in few gaps.
func TestGapsAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("id,mfa,last_login_at\n")
	for n := range 1000 {
		fmt.Fprintf(&b, "%d,perhaps,03/04/2026\n,,short\n", n)
	}
	s := sdktest.NewBench(t, New()).Sync(t, settingsOf(write(t, b.String()), nil)).Streams["account"]
	if len(s.Records) != 1000 || len(s.Gaps) != maxNamedRows+1+2*(maxOfColumn+1) {
		t.Errorf("got %d records and %d gaps", len(s.Records), len(s.Gaps))
	}
	for scope, says := range map[string]string{
		"lines 83 to 2001": "960 more rows cannot be read", `lines 12 to 2000, column "mfa"`: "995 more values",
		`lines 12 to 2000, column "last_login_at"`: "995 more values",
	} {
		if gap := s.Gaps[scope]; gap == nil || !strings.Contains(gap.Message, says) || gap.Fault != sdk.FaultCustomer {
			t.Errorf("%s is %+v, want it to say %q; there are %v", scope, gap, says, slices.Sorted(maps.Keys(s.Gaps)))
		}
	}
}

// TestCheckWarns checks that the check of a file without facts does not pass.
func TestCheckWarns(t *testing.T) {
	t.Parallel()
	state := func(text string, more map[string]any) sdktest.ProbeResult {
		probes, _ := sdktest.NewBench(t, New()).Check(t, settingsOf(write(t, text), more))
		at := slices.IndexFunc(probes, func(p sdktest.ProbeResult) bool { return p.ID == "columns" })
		return probes[at]
	}
	if p := state("id,Work e-mail\n1,x\n", nil); p.State != "failed" || p.Err.ConfigPath != "/columns" ||
		!strings.Contains(p.Err.Remedy, `the setting "Columns"`) || !strings.Contains(p.Message, "none of the 2 columns") {
		t.Errorf("without a field: %+v", p)
	}
	if p := state("id,Work e-mail\n1,x\n", map[string]any{"columns": []string{"Work e-mail = email"}}); p.State != "ok" ||
		!strings.Contains(p.Message, "1 of 2 columns are assigned to fields of account: Work e-mail = email") {
		t.Errorf("with a field: %+v", p)
	}
}
