/** The tabs of a connection in their order, which is that of the keys 1 to 6. */
export const tabs = ['overview', 'runs', 'data', 'changes', 'activity', 'settings'] as const
export type Tab = (typeof tabs)[number]
