package main

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/findings/internal/input"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// FuzzReport reads any text as a report, twice as the streams do. Reading must end, and each finding must be a valid
// record that is small enough.
func FuzzReport(f *testing.F) {
	sarifText := sarifHead + sarifTool + "," + sarifResults + "}]}"
	for _, text := range []string{
		sarifText, sarifText[:300], xccdfSample, strings.Replace(xccdfSample, "ENCODING", "UTF-8", 1), ocsfEventOf(2002, "x", 1, ""),
		"[" + ocsfEventOf(2003, "x", 1, "") + "]", `{"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "x", "affects": [{"ref": "y"}]}]}`,
		"CVE-2999-0001 bash (high urgency)\n", "CVE-2999-0001\n  a flaw\n  installed: bash 5\n\n", "VERSION 1\n1\nCVE-1-1,a,F\n",
		"Security report based on x\n\n*** Vulnerabilities\n\nCVE-2999-0001 y\n  - a,\n    b (z)\n", "<!DOCTYPE a>", "{}", "[[", "\x1f\x8b", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in, err := input.New("report", time.Now(), strings.NewReader(text))
		if err != nil {
			return
		}
		format, err := detect(in)
		if err != nil {
			return
		}
		for range 2 {
			in, err := input.New("report", time.Now(), strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			_ = format.read(in, func(one finding) error { return valid(t, format, one) }) // most texts are not whole
		}
	})
}

func valid(t *testing.T, format format, one finding) error {
	t.Helper()
	all := format.reports()
	if one.run >= len(all) {
		t.Fatalf("report %d of %d", one.run, len(all))
	}
	one.ExternalID = one.key(all[one.run])
	raw, ok := kind.Append(nil, one.Finding)
	if !ok {
		return nil // Output.Put reports what it cannot write
	}
	if err := kind.Validate(kind.KindFinding, raw); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	if len(raw) > sdk.MaxRecordBytes {
		t.Fatalf("a record of %d bytes", len(raw))
	}
	return nil
}
