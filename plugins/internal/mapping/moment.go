package mapping

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The forms of times that the settings "dates" and "date_columns" name.
const (
	FormISO   = "iso"   // year first, or with the month's name
	FormUS    = "us"    // month first: 03/01/2026
	FormEU    = "eu"    // day first: 01/03/2026, 01.03.2026
	FormExcel = "excel" // days since the end of 1899: 46082
	FormUnix  = "unix"  // seconds or milliseconds since 1970
)

// Forms returns the forms of times.
func Forms() []string { return []string{FormISO, FormUS, FormEU, FormExcel, FormUnix} }

// readMoment reads a time in a form. It also reads other forms if the text itself shows the order of
// day, month and year.
func readMoment(text, form string) (any, error) {
	if isNever(text) {
		return nil, nil
	}
	if number, err := strconv.ParseFloat(text, 64); err == nil && (form == FormUnix || !isCompactDate(text)) {
		return readNumber(number, form)
	}
	date, clock, zone := splitMoment(text)
	day, err := readDate(date, form)
	if err != nil {
		return nil, err
	}
	since, err := readClock(clock)
	if err != nil {
		return nil, err
	}
	offset, err := readZone(zone)
	if err != nil {
		return nil, err
	}
	return momentOf(day.Add(since - offset))
}

func isCompactDate(text string) bool {
	return len(text) == len("20260301") && strings.Trim(text, "0123456789") == ""
}

// momentOf returns nil for the moments that programs write for no time: the zero times of .NET,
// Active Directory, Unix and Excel.
func momentOf(at time.Time) (any, error) {
	switch {
	case at.Year() <= 1 || at.Unix() == 0 || at.Equal(time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)):
		return nil, nil
	case at.Year() > 9999:
		return nil, errors.New("the year is after 9999")
	}
	return kind.At(at), nil
}

// isNever reports whether a text stands for no time or an unknown time.
func isNever(text string) bool {
	switch word := plainWords(text); word {
	case "no", "none yet", "not yet", "not set", "unset", "not started", "not completed", "not signed in", "not logged in",
		"no expiration", "no expiry", "no login", "no sign in", "no logins", "does not expire", "unlimited", "pending", "tbd", "tba":
		return true
	default:
		return word == "never" || strings.HasPrefix(word, "never ") || isNothing(text) || isZeroDate(text)
	}
}

// isNothing reports whether a cell stands for no value or an unknown value, for example "-", "N/A" or
// "no_information".
func isNothing(text string) bool {
	switch plainWords(text) {
	case "", "n a", "na", "n d", "nil", "null", "none", "nan", "nat", "unknown", "undefined", "unspecified", "not specified",
		"no information", "no data", "not supported", "not available", "not applicable", "not known", "not recorded", "empty", "blank":
		return true
	}
	return false
}

// plainWords returns the words of a text in lower case, without punctuation.
func plainWords(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r < 0x80 && (r < '0' || r > '9') && (r < 'a' || r > 'z') || strings.ContainsRune("—–−…´’\u00a0", r)
	})
	return strings.Join(words, " ")
}

// isZeroDate reports whether a text is a date of zeros, such as 0000-00-00.
func isZeroDate(text string) bool {
	date, _, _ := strings.Cut(text, " ")
	return strings.ContainsAny(date, "-/.") && strings.Trim(date, "0-/.") == ""
}

// readNumber reads a time that is a number. Zero is no time.
func readNumber(number float64, form string) (any, error) {
	switch {
	case number == 0:
		return nil, nil
	case form == FormExcel && number >= 1 && number < 2_958_466: // 31 December 9999
		at := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(math.Round(number*86400)) * time.Second)
		return momentOf(at)
	case form == FormUnix && number > 0 && number < 100_000_000_000: // seconds reach that in the year 5138
		return momentOf(time.UnixMicro(int64(math.Round(number * 1e6))).UTC())
	case form == FormUnix && number > 0 && number < 100_000_000_000_000:
		return momentOf(time.UnixMicro(int64(math.Round(number * 1e3))).UTC())
	}
	return nil, errors.New("the number is not a time in the form of the settings")
}

// splitMoment splits a text into its date, its time of day and its zone.
func splitMoment(text string) (date, clock, zone string) {
	words := strings.Fields(strings.ReplaceAll(text, ",", " "))
	var rest []string
	for _, word := range words {
		if before, after, ok := strings.Cut(word, "T"); ok && strings.ContainsAny(after, ":") && strings.Trim(before, "0123456789-/") == "" {
			rest = append(rest, before)
			word = after
		}
		upper := strings.ToUpper(word)
		switch {
		case strings.Contains(word, ":") && clock == "":
			at := strings.LastIndexAny(upper, "Z+-")
			if at > 0 {
				word, zone = word[:at], word[at:]
			}
			clock = word
		case clock != "" && (upper == "AM" || upper == "PM" || upper == "A.M." || upper == "P.M."):
			clock += strings.ReplaceAll(upper, ".", "")
		case clock != "" && zone == "" && !isYear(word):
			zone = word
		case zone != "" && !isYear(word): // the name of the zone after its offset
		default:
			rest = append(rest, word)
		}
	}
	return strings.Join(rest, " "), clock, zone
}

func isYear(word string) bool { return len(word) == 4 && strings.Trim(word, "0123456789") == "" }

// readDate reads a date without a time of day.
func readDate(text, form string) (time.Time, error) {
	for _, layout := range []string{
		"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2-Jan-2006", "2 Jan 2006",
		"2 January 2006", "2-January-2006", "Jan 2 2006", "January 2 2006",
		"Mon 2 Jan 2006", "Mon Jan 2 2006", "Monday 2 January 2006", "Monday January 2 2006", "2006 Jan 2", "2006-Jan-2",
	} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	us, isUS := readOrder(text, form, "1", "2")
	eu, isEU := readOrder(text, form, "2", "1")
	switch {
	case !isUS && !isEU:
		return time.Time{}, errors.New("it is not a time in a known form")
	case form == FormUS && !isUS:
		return time.Time{}, errors.New("the month does not come first, as the settings say")
	case form == FormEU && !isEU:
		return time.Time{}, errors.New("the day does not come first, as the settings say")
	case form == FormUS || isUS && (!isEU || us.Equal(eu)):
		return us, nil
	case form == FormEU || !isUS:
		return eu, nil
	}
	return time.Time{}, errors.New("the order of day and month is ambiguous")
}

// readOrder reads a date with the year at its end. It accepts a year of two digits only if the
// settings give the order.
func readOrder(text, form, first, second string) (time.Time, bool) {
	years := []string{"2006"}
	if form == FormUS || form == FormEU {
		years = append(years, "06")
	}
	for _, between := range []string{"/", ".", "-"} {
		for _, year := range years {
			if at, err := time.Parse(first+between+second+between+year, text); err == nil {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

// readClock reads a time of day; none is midnight.
func readClock(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	upper := strings.ToUpper(strings.Replace(text, ",", ".", 1))
	for _, layout := range []string{"15:04:05", "15:04", "3:04:05PM", "3:04PM"} {
		if at, err := time.Parse(layout, upper); err == nil {
			return at.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), nil
		}
	}
	return 0, errors.New("its time of day has no known form")
}

// readZone reads a zone; none is UTC. The abbreviations of other zones are ambiguous, so a time with
// one is unknown.
func readZone(text string) (time.Duration, error) {
	upper := strings.ToUpper(strings.Trim(text, "()"))
	for _, name := range []string{"UTC", "GMT", "Z"} {
		upper = strings.TrimPrefix(upper, name)
	}
	if upper == "" {
		return 0, nil
	}
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if at, err := time.Parse(layout, upper); err == nil {
			_, seconds := at.Zone()
			return time.Duration(seconds) * time.Second, nil
		}
	}
	return 0, fmt.Errorf("the time zone %s is ambiguous", Quote(text))
}
