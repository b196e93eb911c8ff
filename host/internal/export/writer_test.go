package export_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/export"
)

var at = time.Date(2026, 11, 29, 9, 12, 0, 0, time.UTC)

func head() export.Head {
	rows := 2
	return export.Head{
		Product: "Plumbline", Version: "v1", What: "records", Filter: json.RawMessage(`{"q":"a,=HYPERLINK(1)"}`), AsOf: &at, TimeZone: "UTC",
		MadeAt: at, MadeBy: "anna (this machine)", Rows: &rows,
		Sources: []host.Source{{Alias: "hq", ConnectorName: "LDAP", State: host.SourceStale, Health: host.HealthHealthy, Reason: host.ReasonLate,
			Explanation: "Late, +2 h."}},
	}
}

func write(t *testing.T, format string) (string, export.Sum) {
	t.Helper()
	var out bytes.Buffer
	w := export.New(&out, format, []string{"key", "name", "score", "roles"})
	err := w.Begin(head())
	for _, name := range []string{"=1+1", "Ann, \"Lee\"\nx"} {
		item := map[string]any{"key": "k", "name": name}
		if err == nil {
			err = w.Row(item, []any{"k", name, json.RawMessage("-5"), json.RawMessage(`["a","b"]`)})
		}
	}
	sum, ended := w.End()
	if err != nil || ended != nil {
		t.Fatal(err, ended)
	}
	return out.String(), sum
}

// before returns all of a text but its last line.
func before(text string) string {
	return text[:strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")+1]
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestCSVSaysWhatItIsAndWhereItEnds(t *testing.T) {
	t.Parallel()
	text, sum := write(t, host.FormatCSV)
	if sum.Rows != 2 || sum.Bytes != int64(len(text)) || sum.SHA256 != hashOf(text) {
		t.Errorf("its sum is %+v", sum)
	}
	if want := before(text) + "# rows: 2 sha256: " + hashOf(before(text)) + "\n"; text != want {
		t.Errorf("it ends with %q", strings.TrimPrefix(text, before(text)))
	}
	for _, want := range []string{
		"# Plumbline v1 export of records\n", "# data: real data\n", "# as of: 2026-11-29T09:12:00Z (UTC)\n", "# made by: anna (this machine)\n",
		"# source: hq (LDAP): stale: health healthy late: last complete read never: Late, '+2 h.\n", "# rows expected: 2\n",
		`# filter: {"q":"a,'=HYPERLINK(1)"}` + "\n", "\nkey,name,score,roles\n", "\nk,'=1+1,-5,\"[\"\"a\"\",\"\"b\"\"]\"\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it has no line %q:\n%s", want, text)
		}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 3 || rows[2][1] != "Ann, \"Lee\"\nx" {
		t.Errorf("a reader of CSV finds %q, %v", rows, err)
	}
}

func TestJSONLinesAreWhole(t *testing.T) {
	t.Parallel()
	text, sum := write(t, host.FormatJSONL)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	var first struct{ Export export.Head }
	var last struct {
		End struct {
			Rows   int64
			SHA256 string
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || first.Export.MadeBy != "anna (this machine)" ||
		len(first.Export.Sources) != 1 {
		t.Errorf("the first line is %s, %v", lines[0], err)
	}
	if err := json.Unmarshal([]byte(lines[3]), &last); err != nil || last.End.Rows != 2 || last.End.SHA256 != hashOf(before(text)) {
		t.Errorf("the last line is %s, %v", lines[3], err)
	}
	if len(lines) != 4 || !strings.Contains(lines[1], `"=1+1"`) || sum.SHA256 != hashOf(text) {
		t.Errorf("its lines are %q", lines)
	}
}

func TestCellsThatASpreadsheetWouldRunAreInert(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\ta": "'\ta", "\ra": "'\ra", "\na": "'\na", "'a": "''a", " =1": "' =1",
		"＝1": "'＝1", "a=1": "a=1", "": "", " ": " ", "Ann": "Ann",
	} {
		for _, cell := range []any{value, quoted(t, value)} {
			if got, err := export.Cell(cell); err != nil || got != want {
				t.Errorf("%T %q becomes %q, %v; want %q", cell, value, got, err, want)
			}
		}
	}
	var never *time.Time
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, ""}, {json.RawMessage(nil), ""}, {json.RawMessage("null"), ""}, {json.RawMessage("-5"), "-5"}, {-5, "-5"}, {true, "true"},
		{json.RawMessage(`{"a":1}`), `{"a":1}`}, {[]string{"a"}, `["a"]`}, {at, "2026-11-29T09:12:00Z"}, {&at, "2026-11-29T09:12:00Z"}, {never,
			""},
		{host.HealthHealthy, "healthy"},
	} {
		if got, err := export.Cell(test.value); err != nil || got != test.want {
			t.Errorf("%#v becomes %q, %v; want %q", test.value, got, err, test.want)
		}
	}
}

func quoted(t *testing.T, text string) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
