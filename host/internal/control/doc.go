// Package control has the controls of this product and the frameworks whose requirements they meet, as data that ships with it.
//
//	framework    a list of requirements: an id and a short title. Version and licence say where it is from
//	requirement  what a framework asks for
//	control      what a company does, in our own words. It names the requirements that it meets, by framework
//	manual       a control that documents and decisions of people show. Tests show every other one
//
// README.md names the sources of the frameworks and their licences. Titles of SOC 2 and ISO/IEC 27001 are our own words: the text of these
// frameworks belongs to their publishers and is not in this repository.
//
// The package is pure: it reads embedded files alone, and names nothing of a company. Which controls apply to a company, and who owns
// them there, are decisions that are stored elsewhere.
package control
