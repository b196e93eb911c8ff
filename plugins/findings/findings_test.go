package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// scans is a directory of reports.
type scans struct {
	t   *testing.T
	dir string
}

func newScans(t *testing.T) *scans {
	t.Helper()
	return &scans{t, t.TempDir()}
}

func (d *scans) write(name, text string) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// age makes a file as old as that many days.
func (d *scans) age(name string, days int) {
	d.t.Helper()
	at := time.Now().Add(-time.Duration(days) * 24 * time.Hour)
	if err := os.Chtimes(filepath.Join(d.dir, name), at, at); err != nil {
		d.t.Fatal(err)
	}
}

func inputOf(path string, more map[string]any) sdktest.Input {
	settings := map[string]any{"path": path, "max_days": 0}
	for name, value := range more {
		settings[name] = value
	}
	return sdktest.Input{Settings: settings}
}

func (d *scans) sync() *sdktest.Outcome {
	d.t.Helper()
	return sdktest.NewBench(d.t, New()).Sync(d.t, inputOf(d.dir, nil))
}

// one is what the tests compare of a finding.
type one struct {
	Title, Severity, Status, Resource, Identifier, Fix string
}

// all returns the findings of a stream, in the order of their titles.
func all(t *testing.T, s *sdktest.Stream) (found []one) {
	t.Helper()
	for key, raw := range s.Records {
		var f one
		if err := json.Unmarshal(raw, &f); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b one) int { return strings.Compare(a.Title+a.Resource, b.Title+b.Resource) })
	return found
}

// whole checks that the stream is complete and has these findings.
func (d *scans) whole(want []one) *sdktest.Stream {
	d.t.Helper()
	s := d.sync().Streams["findings"]
	if s.Result != "complete" {
		d.t.Errorf("result is %s: %v, %v", s.Result, s.Err, s.Gaps)
	}
	if diff := cmp.Diff(want, all(d.t, s)); diff != "" {
		d.t.Errorf("findings (-want +got):\n%s", diff)
	}
	return s
}

const sarifHead = `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{`

// sarifResults come before the rules that they need.
const sarifResults = `"results": [
	{"ruleId": "sql", "ruleIndex": 0, "message": {"text": "Query from {0}", "arguments": ["input"]},
		"locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.go"}, "region": {"startLine": 7}}}],
		"partialFingerprints": {"primaryLocationLineHash": "abc:1"}},
	{"ruleId": "sql", "message": {"text": "Query"}, "suppressions": [{"kind": "inSource", "justification": "a test"}],
		"locations": [{"physicalLocation": {"artifactLocation": {"index": 1}}}]},
	{"ruleId": "CVE-2024-12345", "level": "error", "message": {"id": "found"}, "suppressions": [{"kind": "external", "status": "rejected"}]},
	{"rule": {"index": 1}, "kind": "open", "message": {"text": "perhaps"}},
	{"ruleId": "old", "level": "note", "baselineState": "absent", "message": {"text": "gone"}},
	{"ruleId": "fine", "kind": "pass", "message": {"text": "good"}},
	{"ruleId": "twice", "level": "none", "message": {"text": "same"}}, {"ruleId": "twice", "level": "none", "message": {"text": "same"}}]`

const sarifTool = `"artifacts": [{"location": {"uri": "x.go"}}, {"location": {"uri": "b.go"}}],
	"tool": {"driver": {"name": "Scan", "semanticVersion": "1.2", "rules": [
		{"id": "sql", "shortDescription": {"text": "SQL\n injection"}, "helpUri": "https://example.test/sql", "properties":
		{"security-severity": "9.1"}},
		{"id": "perhaps", "name": "Perhaps", "defaultConfiguration": {"level": "error"}}, {"id": "CVE-2024-12345", "messageStrings": {"found":
		{"text": "A hole"}}}]}}`

// TestSARIF reads results before and after the rules, in every state.
func TestSARIF(t *testing.T) {
	t.Parallel()
	want := []one{
		{"A hole", "high", "open", "", "CVE-2024-12345", ""},
		{"Perhaps", "info", "unknown", "", "perhaps", ""},
		{"SQL injection", "critical", "open", "a.go", "sql", ""},
		{"SQL injection", "critical", "accepted", "b.go", "sql", ""},
		{"gone", "low", "fixed", "", "old", ""},
		{"same", "info", "open", "", "twice", ""},
		{"same", "info", "open", "", "twice", ""},
	}
	var keys [][]string
	for name, text := range map[string]string{
		"scan-2026-03-01.sarif": sarifHead + sarifResults + "," + sarifTool + "}]}",
		"scan-2026-04-01.json":  sarifHead + sarifTool + "," + strings.Replace(sarifResults, `"startLine": 7`, `"startLine": 9`, 1) + "}]}",
	} {
		d := newScans(t)
		d.write(name, text)
		s := d.whole(want)
		keys = append(keys, slices.Sorted(slices.Values(s.Keys)))
	}
	if diff := cmp.Diff(keys[0], keys[1]); diff != "" {
		t.Errorf("the keys of the next report differ:\n%s", diff)
	}
}

// TestSARIFTargets keeps the reports of two projects apart, and has a newer report replace an older one.
func TestSARIFTargets(t *testing.T) {
	t.Parallel()
	run := func(category, day string, rules ...string) string {
		var results []string
		for _, rule := range rules {
			results = append(results, fmt.Sprintf(`{"ruleId": %q, "message": {"text": "m"}}`, rule))
		}
		return fmt.Sprintf(`%s"tool": {"driver": {"name": "Scan"}}, "automationDetails": {"id": %q},
			"invocations": [{"endTimeUtc": "%sT12:00:00Z", "executionSuccessful": true}], "results": [%s]}]}`,
			sarifHead, category, day, strings.Join(results, ", "))
	}
	d := newScans(t)
	d.write("1.sarif", run("web/1", "2026-03-02", "new"))
	d.write("2.sarif", run("web/2", "2026-03-01", "new", "gone"))
	d.write("3.sarif", run("api/3", "2026-03-01", "new"))
	s := d.sync()
	if got := s.Streams["findings"]; got.Result != "complete" || len(got.Records) != 2 {
		t.Errorf("got %s with %v and %v, want two findings", got.Result, all(t, got), got.Gaps)
	}
	if got := slices.Sorted(slices.Values(s.Streams["reports"].Keys)); !slices.Equal(got, []string{"SARIF|Scan|api", "SARIF|Scan|web"}) {
		t.Errorf("reports %v, want one of each project", got)
	}
}

func ocsfEventOf(class int, uid string, millis int64, more string) string {
	return fmt.Sprintf(`{"class_uid": %d, "time": %d, "severity_id": 4, "metadata": {"product": {"name": "Prowler"}},
		"finding_info": {"uid": %q, "title": "Title of %s", "first_seen_time_dt": "2026-01-01T00:00:00Z"}, "resources": [{"uid": "arn:x",
		"name": "x"}]%s}`,
		class, millis, uid, uid, more)
}

// TestOCSF reads events as lines, a list and one object. The last event of a finding counts, also in another file.
func TestOCSF(t *testing.T) {
	t.Parallel()
	const day = 1_772_366_400_000
	d := newScans(t)
	d.write("a.jsonl", strings.ReplaceAll(ocsfEventOf(2002, "v", day, `, "status_id": 1, "vulnerabilities": [{"cve": {"uid": "CVE-2024-1234"},
		"remediation": {"desc": "Update it"}}]`), "\n", " ")+"\n"+
		strings.ReplaceAll(ocsfEventOf(2003, "now good", day, `, "compliance": {"control": "c", "status_id": 3}`), "\n", " ")+"\n\n"+
		strings.ReplaceAll(ocsfEventOf(2004, "closed", day+5, `, "status_id": 4`), "\n", " ")+"\n")
	d.write("b.json", "["+ocsfEventOf(2003, "bad", day, `, "compliance": {"control": "CIS 1", "status_id": 3}`)+","+
		ocsfEventOf(2003, "now good", day+1, `, "compliance": {"status_id": 1}`)+","+ocsfEventOf(2004, "closed", day, `, "status_id": 1`)+"]")
	d.write("c.json", ocsfEventOf(2004, "muted", day, `, "status_id": 3`))
	d.whole([]one{
		{"Title of bad", "high", "open", "arn:x", "CIS 1", ""},
		{"Title of closed", "high", "fixed", "arn:x", "", ""},
		{"Title of muted", "high", "accepted", "arn:x", "", ""},
		{"Title of v", "high", "open", "arn:x", "CVE-2024-1234", "Update it"},
	})
}

// TestCycloneDX reads every state of an analysis.
func TestCycloneDX(t *testing.T) {
	t.Parallel()
	vulnerability := func(id, more string) string {
		return fmt.Sprintf(`{"id": %q, "ratings": [{"score": 5.5}, {"severity": "high"}], "recommendation": "Update"%s}`, id, more)
	}
	d := newScans(t)
	d.write("vex.json", `{"bomFormat": "CycloneDX", "specVersion": "1.5", "vulnerabilities": [`+strings.Join([]string{
		vulnerability("CVE-2024-0001", `, "affects": [{"ref": "one"}, {"ref": "two"}]`),
		vulnerability("CVE-2024-0002", `, "analysis": {"state": "not_affected", "justification": "code_not_reachable"}`),
		vulnerability("CVE-2024-0003", `, "analysis": {"state": "resolved"}`),
		vulnerability("CVE-2024-0004", `, "analysis": {"state": "exploitable", "response": ["will_not_fix"]}`),
		vulnerability("CVE-2024-0005", `, "affects": [{"ref": "one", "versions": [{"version": "1", "status": "unaffected"}]}]`),
	}, ",")+`], "metadata": {"timestamp": "2026-03-01T00:00:00Z", "component": {"bom-ref": "p", "name": "shop"}},
		"components": [{"bom-ref": "one", "purl": "pkg:npm/one@1"}, {"bom-ref": "outer", "name": "o", "components": [{"bom-ref": "two",
		"group": "g", "name": "two", "version": "2"}]}]}`)
	d.whole([]one{
		{"CVE-2024-0001 in g/two@2", "high", "open", "g/two@2", "CVE-2024-0001", "Update"},
		{"CVE-2024-0001 in pkg:npm/one@1", "high", "open", "pkg:npm/one@1", "CVE-2024-0001", "Update"},
		{"CVE-2024-0002 in shop", "high", "false_positive", "shop", "CVE-2024-0002", "Update"},
		{"CVE-2024-0003 in shop", "high", "fixed", "shop", "CVE-2024-0003", "Update"},
		{"CVE-2024-0004 in shop", "high", "accepted", "shop", "CVE-2024-0004", "Update"},
		{"CVE-2024-0005 in pkg:npm/one@1", "high", "false_positive", "pkg:npm/one@1", "CVE-2024-0005", "Update"},
	})
}

const xccdfSample = `<?xml version="1.0" encoding="ENCODING"?>
<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="b"><Group id="g"><Rule id="r1" severity="low"><title>Rule <sub>one</sub>
Zo&#235;</title>
<fixtext>Do &lt;this&gt;</fixtext></Rule><Rule id="r2"/></Group>
<TestResult id="t" end-time="2026-03-01T12:00:00Z" test-system="cpe:/a:x:y:1"><profile
idref="p"/><target>web1</target><target>web1.example</target>
<rule-result idref="r1" severity="high"><result>fail</result><ident system="x">CVE-2024-1111</ident><message>m</message></rule-result>
<rule-result idref="r2" severity="medium"><result>pass</result></rule-result>
<rule-result idref="r3" severity="medium"><result>error</result></rule-result>
<rule-result idref="r4"><result>notapplicable</result></rule-result>
<rule-result idref="r5" severity="medium"><result>pass</result><override time="2026-01-01T00:00:00"
authority="me"><old-result>fail</old-result>
<new-result>pass</new-result><remark>accepted</remark></override></rule-result></TestResult></Benchmark>`

// TestXCCDF reads results in UTF-8 and Latin-1, alone and in an ARF report.
func TestXCCDF(t *testing.T) {
	t.Parallel()
	want := []one{
		{"Rule one Zoë", "high", "open", "web1", "CVE-2024-1111", "Do <this>"},
		{"r3", "medium", "unknown", "web1", "r3", ""},
		{"r5", "medium", "accepted", "web1", "r5", ""},
	}
	inUTF8 := strings.Replace(xccdfSample, "ENCODING", "UTF-8", 1)
	_, body, _ := strings.Cut(inUTF8, "?>")
	for name, text := range map[string]string{
		"utf8": inUTF8, "bom": "\xef\xbb\xbf" + inUTF8, "latin1": strings.Replace(strings.Replace(xccdfSample, "ENCODING", "ISO-8859-1", 1),
			"&#235;", "\xeb", 1),
		"arf": `<arf:asset-report-collection ` +
			`xmlns:arf="http://scap.nist.gov/schema/asset-reporting-format/1.1"><arf:reports>` + body +
			`</arf:reports></arf:asset-report-collection>`,
		"gz": zipped(t, inUTF8),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newScans(t)
			d.write("report", text)
			d.t = t
			d.whole(want)
		})
	}
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unrated is a finding of which debsecan says nothing but its name.
func unrated(f one) one {
	f.Severity, f.Fix = "unknown", ""
	return f
}

// TestDebsecan reads each form that debsecan writes.
func TestDebsecan(t *testing.T) {
	t.Parallel()
	bash := one{"CVE-2999-0001 in bash", "high", "open", "web1", "CVE-2999-0001", "Install the update of the package bash."}
	curl := one{"CVE-2999-0002 in curl", "medium", "open", "web1", "CVE-2999-0002", ""}
	tests := map[string]struct {
		text string
		want []one
	}{
		"summary": {"CVE-2999-0001 bash (fixed, high urgency)\nCVE-2999-0002 curl (remotely exploitable, medium urgency)\n", []one{bash, curl}},
		"simple":  {"CVE-2999-0001 bash\nCVE-2999-0002 curl\n", []one{unrated(bash), unrated(curl)}},
		"detail": {"CVE-2999-0001 (fixed, high urgency)\n  a flaw\n  installed: bash 5.2\n             (built from bash 5.2)\n  fixed in " +
			"unstable: bash 99 (source package)\n\n" +
			"CVE-2999-0002 (medium urgency)\n  another\n  installed: curl 7\n             (built from curl 7)\n\n", []one{bash, curl}},
		"history": {"VERSION 1\n1772366400\nCVE-2999-0001,bash,F\nCVE-2999-0002,curl, \n", []one{
			{bash.Title, "unknown", "open", "web1", bash.Identifier, bash.Fix}, unrated(curl)}},
		"report": {"Security report based on the bookworm release\n\n*** New security updates\n\nCVE-2999-0001 a flaw...\n  <https://x>\n  - " +
			"bash (high urgency)\n\n" +
			"*** Fixed vulnerabilities\n\nCVE-2999-0003\n  <https://x>\n  - tar\n\n*** Vulnerabilities without updates\n\nCVE-2999-0002 other\n  " +
			"<https://x>\n" +
			"  - curl,\n    libcurl4\n    (remotely exploitable, medium urgency)\n\n", []one{
			bash, curl, {"CVE-2999-0002 in libcurl4", "medium", "open", "web1", "CVE-2999-0002", ""},
			{"CVE-2999-0003 in tar", "unknown", "fixed", "web1", "CVE-2999-0003", ""}}},
		"nothing": {"Security report based on the bookworm release\n\nNo known vulnerabilities were found on the system.\n", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newScans(t)
			d.write("web1.txt", test.text)
			d.whole(test.want)
		})
	}
}

// TestProblems reads reports that are not whole. The other report is read, and a gap says what is wrong.
func TestProblems(t *testing.T) {
	t.Parallel()
	good := sarifHead + `"tool": {"driver": {"name": "Good"}}, "results": [{"ruleId": "good", "message": {"text": "m"}}]}]}`
	sarifText := sarifHead + sarifTool + "," + sarifResults + "}]}"
	ocsfText := ocsfEventOf(2004, "x", 1, "")
	packed := zipped(t, sarifText)
	bomb := `<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b ` +
		`"&a;&a;&a;&a;">]><Benchmark><TestResult><target>&b;</target></TestResult></Benchmark>`
	tests := map[string]struct{ text, says string }{
		"cut json":         {sarifText[:len(sarifText)-40], "cut off"},
		"cut lines":        {ocsfText[:len(ocsfText)-4], "cut off"},
		"cut xml":          {xccdfSample[:len(xccdfSample)-40], "ENCODING"},
		"cut xml utf8":     {strings.Replace(xccdfSample, "ENCODING", "utf-8", 1)[:900], "cut off"},
		"cut debsecan":     {"CVE-2999-0001 bash\nCVE-2999-0002 cu", "cut off"},
		"cut gzip":         {packed[:len(packed)-12], "cut off"},
		"more text":        {sarifText + "{}", "more text follows"},
		"entity bomb":      {bomb, "document type"},
		"inner bomb":       {strings.Replace(bomb, "<!DOCTYPE", "<Benchmark/><!DOCTYPE", 1), "document type"},
		"undefined entity": {`<Benchmark><TestResult><target>&boom;</target></TestResult></Benchmark>`, "boom"},
		"deep json":        {`{"a": ` + strings.Repeat("[", 5000) + `, "runs": []}`, "nests more than"},
		"deep xml":         {`<Benchmark>` + strings.Repeat("<g>", 5000), "nests more than"},
		"large item": {sarifHead + `"results": [{"message": {"text": "` + strings.Repeat("x", 2*input.MaxItem) + `"}}]}]}`,
			"more than 8 MiB"},
		"utf16":      {"\xff\xfe{\x00}\x00", "UTF-16"},
		"utf16 xml":  {"<\x00?\x00x\x00m\x00", "UTF-16"},
		"ebcdic":     {`<?xml version="1.0" encoding="ebcdic"?><Benchmark/>`, "encoding ebcdic"},
		"zip":        {"PK\x03\x04xxxx", "zip archive"},
		"empty":      {"", "empty (0 bytes)"},
		"spaces":     {" \n ", "nothing but white space"},
		"other json": {`{"name": "x"}`, "known format"},
		"other xml":  {`<html/>`, "known format"},
		"other text": {"Hello\nWorld\n", "known format"},
		"bom xml":    {`<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>`, "has to be JSON"},
		"old sarif":  {`{"version": "2.0.0", "runs": []}`, "only 2.1.0"},
		"no results": {sarifHead + `"tool": {"driver": {"name": "X"}}, "results": null}]}`, "made no results"},
		"failed": {sarifHead + `"invocations": [{"executionSuccessful": false}], "tool": {"driver": {"name": "X"}}, "results": []}]}`,
			"did not succeed"},
		"elsewhere":        {sarifHead + `"externalPropertyFileReferences": {}}]}`, "in other files"},
		"other class":      {`{"class_uid": 1007}`, "class 1007"},
		"no uid":           {`{"class_uid": 2004, "finding_info": {}}`, "without finding_info.uid"},
		"no TestResult":    {`<Benchmark><Rule id="x"/></Benchmark>`, "no TestResult"},
		"odd line":         {"CVE-2999-0001 bash\nHello you there\n", "line 2 is not one"},
		"odd member":       {sarifHead + `"results": [{"message": 7}]}]}`, "message"},
		"invalid versions": {"Security report based on x\n\n*** Packages with invalid versions\n\n  - odd\n", "cannot classify 1 packages"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newScans(t)
			d.write("good.sarif", good)
			d.write("report", test.text)
			s := d.sync().Streams["findings"]
			e := s.Gaps["report"]
			if s.Result != "complete_with_gaps" || e == nil || !strings.Contains(e.Message, test.says) || e.Remedy == "" || e.Fault != "customer" {
				t.Errorf("result is %s: %v; gap %+v, want one that says %q", s.Result, s.Err, e, test.says)
			}
			if len(s.Gaps) != 1 {
				t.Errorf("gaps %v, want one", s.Gaps)
			}
			if !slices.Contains(all(t, s), one{"m", "medium", "open", "", "good", ""}) {
				t.Errorf("the other report was not read: %v", all(t, s))
			}
		})
	}
}
