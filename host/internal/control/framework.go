package control

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
)

// The ids of the frameworks.
const (
	SOC2      = "soc2"
	ISO27001  = "iso-27001"
	NIST80053 = "nist-800-53"
	NISTCSF   = "nist-csf"
	HIPAA     = "hipaa"
	GDPR      = "gdpr"
)

// Framework is a list of requirements that others have published.
type Framework struct {
	ID           string        `json:"id"`
	Title        string        `json:"title"`
	Version      string        `json:"version"`
	Licence      string        `json:"licence" doc:"What may be done with it, and whose the titles are"`
	Requirements []Requirement `json:"requirements" doc:"In the order of the framework"`
}

// Requirement is what a framework asks for.
type Requirement struct {
	ID    string `json:"id" doc:"As the framework has it"`
	Title string `json:"title" doc:"Short; for frameworks whose text is not free in our own words"`
}

//go:embed frameworks/*.csv
var files embed.FS

// Frameworks returns the frameworks with their requirements, in the order of a screen.
func Frameworks() ([]Framework, error) {
	all := []Framework{
		{ID: SOC2, Title: "SOC 2", Version: "2017, with the points of focus of 2022",
			Licence: "Ids of the trust services criteria; titles of our own. The criteria are © AICPA."},
		{ID: ISO27001, Title: "ISO/IEC 27001, Annex A", Version: "2022",
			Licence: "Ids of the controls; titles of our own. The standard is © ISO/IEC."},
		{ID: NIST80053, Title: "NIST SP 800-53, moderate baseline", Version: "5.1.1",
			Licence: "Public domain in the United States, CC0 1.0 elsewhere; titles of NIST."},
		{ID: NISTCSF, Title: "NIST Cybersecurity Framework", Version: "2.0",
			Licence: "Public domain in the United States, CC0 1.0 elsewhere; outcomes of NIST, shortened."},
		{ID: HIPAA, Title: "HIPAA Security Rule", Version: "45 CFR 164.302 to 164.318",
			Licence: "United States federal regulation, free of copyright; headings shortened."},
		{ID: GDPR, Title: "GDPR", Version: "Regulation (EU) 2016/679",
			Licence: "Law of the European Union, https://eur-lex.europa.eu; titles shortened."},
	}
	for i := range all {
		file := "frameworks/" + all[i].ID + ".csv"
		raw, err := files.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the framework %s: %w", all[i].ID, err)
		}
		if all[i].Requirements, err = requirements(raw); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
	}
	return all, nil
}

// requirements reads a table of ids and titles.
func requirements(raw []byte) ([]Requirement, error) {
	table := csv.NewReader(bytes.NewReader(raw))
	table.FieldsPerRecord = 2
	rows, err := table.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 || rows[0][0] != "id" || rows[0][1] != "title" {
		return nil, fmt.Errorf("the first line is not id,title, or no line follows")
	}
	seen := map[string]int{}
	var all []Requirement
	for i, row := range rows[1:] {
		id, title, line := row[0], row[1], i+2
		switch {
		case id == "" || title == "":
			return nil, fmt.Errorf("line %d: the id or the title is missing", line)
		case seen[id] > 0:
			return nil, fmt.Errorf("line %d: %s is in line %d already", line, id, seen[id])
		}
		seen[id] = line
		all = append(all, Requirement{ID: id, Title: title})
	}
	return all, nil
}
