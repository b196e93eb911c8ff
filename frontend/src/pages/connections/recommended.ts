/** The order in which most companies connect their systems. */
export const recommended = [{ category: 'identity' }, { category: 'infrastructure' }, { category: 'version_control' }, { category: 'ticketing' }] as const
export type RecommendedCategory = (typeof recommended)[number]['category']

/** Connectors of systems that many companies have, to begin with. */
export const popular = ['google-workspace', 'okta', 'entra-id', 'aws', 'github', 'jira', 'gitlab', 'slack', 'crowdstrike'] as const
