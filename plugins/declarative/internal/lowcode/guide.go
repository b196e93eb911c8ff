package lowcode

import (
	"fmt"
	"strings"
)

// guide returns a guide from the texts of the form.
func (m *importer) guide(name, homepage string) string {
	var secrets, others, secretLines, otherLines []string
	for _, s := range m.form.Settings {
		line := "- **" + s.Title + "**"
		if about := strings.TrimSuffix(s.About, "."); about != "" {
			line += ": " + about + "."
		}
		if s.Optional {
			line += " It may be left empty."
		}
		if s.Secret {
			secrets, secretLines = append(secrets, s.Title), append(secretLines, line)
		} else {
			others, otherLines = append(others, s.Title), append(otherLines, line)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Reads records of %s. Takes about 10 minutes.\n", name)
	if homepage != "" {
		fmt.Fprintf(&b, "The vendor describes its API at <%s>.\n", homepage)
	}
	n := 0
	step := func(title string, lines []string, outcome string) {
		n++
		fmt.Fprintf(&b, "\n## Step %d: %s\n\n%s\n\n**Expected outcome:** %s\n", n, title, strings.Join(lines, "\n"), outcome)
	}
	if len(secrets) > 0 {
		lines := append([]string{"In " + name + ", make a credential that may read:", ""}, secretLines...)
		step("Make a credential", lines, "You hold the credential.")
	}
	if len(others) > 0 {
		step("Fill in the form", append([]string{"These fields tell what is read:", ""}, otherLines...), "The form is complete.")
	}
	if n == 0 {
		step("Connect", []string{"Nothing has to be prepared."}, "The connection can be checked.")
	}
	return b.String()
}
