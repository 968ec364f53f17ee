/** The page's beginning. */

import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/fleet.css';
import './style/service.css';
import './style/compare.css';
import './style/heard.css';
import './style/pipeline.css';
import './style/query.css';
import { stayLive } from './api/live';
import { recallToken } from './api/token';
import { App } from './app';
import { watchPlace } from './core/place';
import { watchTheme } from './parts/theme';

watchTheme();
recallToken();
watchPlace();
stayLive();
render(<App />, document.getElementById('page')!);
