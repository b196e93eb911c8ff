package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// writeContractors writes an export of the people who are not employees. On the last day it is a
// fragment, whose removals the host holds for a person.
func writeContractors(day int, at *company.Day, dir string) (map[string]any, error) {
	rows := [][]string{{"id", "name", "email", "department"}}
	for _, person := range at.Table("people") {
		if person["employment"] != "contractor" {
			continue
		}
		var row []string
		for _, column := range rows[0] {
			row = append(row, fmt.Sprint(person[column]))
		}
		rows = append(rows, row)
	}
	if day == days {
		rows = rows[:len(rows)/3+1]
	}
	var text strings.Builder
	if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write contractors: %w", err)
	}
	path := filepath.Join(dir, "contractors.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		return nil, fmt.Errorf("write contractors: %w", err)
	}
	return map[string]any{"path": path, "kind": "person", "key": []string{"id"}}, nil
}

// writePolicies writes the company's documents with a description beside each.
func writePolicies(_ int, at *company.Day, dir string) (map[string]any, error) {
	folder := filepath.Join(dir, "policies")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of policies: %w", err)
	}
	for _, document := range at.Table("documents") {
		kind := fmt.Sprint(document["kind"])
		if kind == "plan" {
			kind = "policy"
		}
		described := map[string]any{"id": document["id"], "kind": kind}
		for key, column := range map[string]string{
			"title": "title", "version": "version", "owner": "owner_email", "status": "status", "approved": "approved", "review_due": "review_due",
		} {
			if document[column] != nil {
				described[key] = document[column]
			}
		}
		about, err := yaml.Marshal(described)
		if err != nil {
			return nil, fmt.Errorf("describe document: %w", err)
		}
		name := filepath.Join(folder, fmt.Sprint(document["id"])+".txt")
		text := fmt.Sprintf("%s, version %s\n", document["title"], document["version"])
		for path, content := range map[string][]byte{name: []byte(text), name + ".meta.yaml": about} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				return nil, fmt.Errorf("write document: %w", err)
			}
		}
	}
	return map[string]any{"path": folder}, nil
}
