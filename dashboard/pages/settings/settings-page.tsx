import { Tabs } from '@mantine/core';
import { Page } from '../../components/page.tsx';
import { Engine } from './engine.tsx';
import { Routing } from './routing.tsx';

/** What the service runs on, and which models agents use. */
export default function SettingsPage() {
  return (
    <Page title="Settings">
      <Tabs defaultValue="engine" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="engine">Engine</Tabs.Tab>
          <Tabs.Tab value="routing">Model routing</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="engine">
          <Engine />
        </Tabs.Panel>
        <Tabs.Panel value="routing">
          <Routing />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
