package mapping_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	sdkkind "github.com/plumbline-dev/plumbline/sdk/kind"
)

func TestSuggestedFields(t *testing.T) {
	t.Parallel()
	for kind, headers := range map[string]map[string]string{
		"account": {
			"Work e-mail": "email", "Full name": "name", "Last sign-in": "last_login_at", "accountEnabled": "status", "MFA": "mfa",
			"Employee ID": "", "Notes": "", "": "",
		},
		"person":   {"Start date": "started_at", "Job Title": "title", "Email": "email"},
		"training": {"Name": "person_name", "E-Mail": "person_email", "Course": "course", "Completed": "completed_at"},
	} {
		p, err := mapping.New(mapping.Settings{Kind: sdkkind.Kind(kind)})
		if err != nil {
			t.Fatal(err)
		}
		for header, want := range headers {
			if got := p.Suggest(header); got != want {
				t.Errorf("%s: %q is suggested as %q, want %q", kind, header, got, want)
			}
		}
	}
}

func TestChoicesOfATable(t *testing.T) {
	t.Parallel()
	p, err := mapping.New(mapping.Settings{Kind: "account"})
	if err != nil {
		t.Fatal(err)
	}
	choices := p.Choices([]string{"id", "Mail", "Work e-mail"}, [][]string{{"1", "a@x.com"}, {"2", " b@x.com ", "b@y.com"}})
	columns := choices[1]
	if len(choices) != 2 || choices[0].Setting != "key" || columns.Setting != "columns" || len(columns.Targets) < 10 {
		t.Fatalf("the choices are %+v", choices)
	}
	if mail := columns.Items[1]; mail.Suggested != "email" || mail.Samples[1] != "b@x.com" {
		t.Errorf("the first address is %+v", mail)
	}
	if work := columns.Items[2]; work.Suggested != "" || work.Samples[0] != "" || work.Samples[1] != "b@y.com" {
		t.Errorf("the second address is %+v", work)
	}
}
