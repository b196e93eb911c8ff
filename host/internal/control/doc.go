// Package control has the controls of this product and the frameworks whose requirements they meet, as data that ships with it.
//
//	framework    a list of requirements: an id and a short title. Version and licence say where it is from
//	requirement  what a framework asks for
//	control      what a company does, in our own words. It names the requirements that it meets, by framework
//	manual       a control that documents and decisions of people show. Tests show every other one
//
// Judge works out the state of a control, the first of these that applies:
//
//	not applicable   a person decided so, with a reason
//	failing          a test that counts fails
//	stale            a test that counts read something that is too old
//	unproven         a test that counts shows nothing: it is unproven, empty, unused, in error, or gone
//	needs evidence   evidence is needed, and there is none or an item of it is not valid
//	passing          every test that counts passes, and evidence is valid where it is needed
//
// A test counts unless it is disabled or was set aside for the control, with a reason. Evidence is needed where it is required and where
// no test counts. So a control without tests and without evidence does not pass, nor does one whose only tests are disabled. A
// requirement is uncovered when no control meets it; otherwise it has the worst state of its controls that apply.
//
// Evidence is removed, needs an artifact, needs renewal (its validity has ended or is still to begin), is upcoming (valid, but not for
// long), or ready.
//
// README.md names the sources of the frameworks and their licences. Titles of SOC 2 and ISO/IEC 27001 are our own words: the text of these
// frameworks belongs to their publishers and is not in this repository.
//
// The package is pure: it reads embedded files alone and no clock. Which controls apply to a company, and who owns them there, are
// decisions that are stored elsewhere.
package control
