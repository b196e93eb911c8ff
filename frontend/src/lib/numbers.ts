const grouped = new Intl.NumberFormat('en')

export const count = (n: number) => grouped.format(n)

/** "1 record", "2,000 records". */
export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`
