import { useQuery } from '@tanstack/react-query'
import { keys } from '@/api/keys'
import { getChannels, getNotifications, getRules } from '@/api/notifications'

/** How many notifications the section shows. */
const shown = 10

export const useChannels = () => useQuery({ queryKey: keys.channels, queryFn: ({ signal }) => getChannels(signal) })
export const useRules = () => useQuery({ queryKey: keys.notificationRules, queryFn: ({ signal }) => getRules(signal) })
export const useNotifications = () => useQuery({ queryKey: keys.notifications, queryFn: ({ signal }) => getNotifications(shown, signal) })
